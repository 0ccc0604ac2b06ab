"""Sums along dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled, floats

# NumPy has summed a smaller array before a compiled loop has begun.
_LEAST = 1024


def _many_floats(array: Any, axes: tuple[int, ...], keepdims: bool) -> bool:
    return floats(array) and array.size >= _LEAST and bool(axes)


@compiled(when=_many_floats)
def sum_over(array: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    """The sum along some dimensions, which are numbered from the front, in the array's own dtype."""
    reduce: Any = np.add.reduce
    return np.asarray(reduce(array, axis=axes, dtype=array.dtype, keepdims=keepdims))
