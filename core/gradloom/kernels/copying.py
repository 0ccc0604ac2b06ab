"""Copies in row-major order."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled

_float32 = np.dtype(np.float32)

# NumPy has copied a smaller array before a compiled loop has begun.
_LEAST = 4096


def _laid_otherwise(array: Any) -> bool:
    """Whether this is a large array of float32 in another order than row by row."""
    return (
        type(array) is np.ndarray
        and array.dtype is _float32
        and array.size >= _LEAST
        and not array.flags.c_contiguous
    )


def repeated(array: Array, shape: tuple[int, ...]) -> Array:
    """A view of the array with dimensions of size 1 repeated; it must have as many as `shape` has.

    `np.broadcast_to` says the same in ten times the time.
    """
    if not array.flags.c_contiguous:
        return np.broadcast_to(array, shape)
    steps = [0 if have == 1 else step for have, step in zip(array.shape, array.strides, strict=True)]
    return np.ndarray(shape, array.dtype, array, 0, steps)


@compiled(when=_laid_otherwise)
def row_major(array: Array) -> Array:
    """A copy whose elements lie row by row."""
    return np.array(array, order="C")
