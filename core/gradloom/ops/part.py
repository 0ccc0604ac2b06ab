"""A gradient of which only a part is not zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.shapes import Shape


class Part:
    """Zeros of a shape with `grad` in the part that a basic index picks; an array where one is asked for."""

    __slots__ = ("_grad", "_key", "_shape")

    def __init__(self, grad: Array, shape: Shape, key: tuple[Any, ...]) -> None:
        self._grad = grad
        self._shape = shape
        self._key = key

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        whole = self._nothing(self._grad.dtype if dtype is None else dtype)
        whole[self._key] = self._grad
        return whole

    def _nothing(self, dtype: Any) -> Array:
        """Zeros in the order in which the part lies, so that it and others like it are copied run by run."""
        key, shape, strides = self._key, self._shape, self._grad.strides
        if self._grad.flags.c_contiguous or not all(isinstance(each, int | slice) for each in key):
            return np.zeros(shape, dtype)
        kept = [at for at in range(len(shape)) if at >= len(key) or isinstance(key[at], slice)]
        picked = [at for at in range(len(shape)) if at not in kept]
        order = picked + [kept[at] for at in sorted(range(len(kept)), key=lambda at: -strides[at])]
        return np.zeros([shape[at] for at in order], dtype).transpose(np.argsort(order))

    def add_to(self, whole: Array) -> None:
        """Add the part where it belongs."""
        whole[self._key] += self._grad
