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
        whole = np.zeros(self._shape, self._grad.dtype if dtype is None else dtype)
        whole[self._key] = self._grad
        return whole

    def add_to(self, whole: Array) -> None:
        """Add the part where it belongs."""
        whole[self._key] += self._grad
