"""Copies in row-major order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled, floats

_float32 = np.dtype(np.float32)

# NumPy has copied a smaller array before a compiled loop, or a second thread, has begun.
_LEAST, _SOME, _MANY = 4096, 2**18, 500_000


def _laid_otherwise(array: Any) -> bool:
    """Whether this is a large array of float32, or a very large one that lies row by row."""
    return (
        type(array) is np.ndarray
        and array.dtype is _float32
        and array.size >= (_MANY if array.flags.c_contiguous else _LEAST)
    )


_LONG = 16  # values that follow each other in the copy


def _long_runs(arrays: Sequence[Array], axis: int) -> bool:
    """Whether these are large arrays that lie row by row, of which long runs stay together."""
    size = sum([each.size for each in arrays])
    return (
        size >= _SOME
        and floats(*arrays)
        and _alike(arrays, axis)
        and all(each.size >= _LONG * math.prod(each.shape[:axis]) for each in arrays)
    )


@compiled(when=_long_runs)
def joined(arrays: Sequence[Array], axis: int) -> Array:
    """The arrays one behind the other."""
    return np.concatenate(arrays, axis)


def _alike(arrays: Sequence[Array], axis: int) -> bool:
    """Whether all are of one shape but for one dimension."""
    return len({(each.ndim, *each.shape[:axis], *each.shape[axis + 1 :]) for each in arrays}) == 1


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
