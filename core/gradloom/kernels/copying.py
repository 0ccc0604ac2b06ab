"""Copies in row-major order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled
from gradloom.kernels.parallel import in_parts

_float32 = np.dtype(np.float32)

# NumPy has copied a smaller array before a compiled loop, or a second thread, has begun.
_LEAST, _MANY = 4096, 500_000

# What copying a value takes, in multiply-adds.
_WORK = 8


def _laid_otherwise(array: Any) -> bool:
    """Whether this is a large array of float32, or a very large one that lies row by row."""
    return (
        type(array) is np.ndarray
        and array.dtype is _float32
        and array.size >= (_MANY if array.flags.c_contiguous else _LEAST)
    )


def joined(arrays: Sequence[Array], axis: int) -> Array:
    """The arrays one behind the other, copied at the same time where they are large."""
    size = sum([each.size for each in arrays])
    if size < _MANY or not _alike(arrays, axis):
        return np.concatenate(arrays, axis)
    stops = list(itertools.accumulate([each.shape[axis] for each in arrays]))
    shape = list(arrays[0].shape)
    shape[axis] = stops[-1]
    out = np.empty(shape, np.float32)
    ahead = (slice(None),) * axis

    def run(start: int, stop: int) -> None:
        for each, end in zip(arrays[start:stop], stops[start:stop], strict=True):
            np.copyto(out[(*ahead, slice(end - each.shape[axis], end))], each)

    in_parts(run, len(arrays), _WORK * size)
    return out


def _alike(arrays: Sequence[Array], axis: int) -> bool:
    """Whether all are of float32 and of one shape but for one dimension."""
    others = {(each.ndim, *each.shape[:axis], *each.shape[axis + 1 :]) for each in arrays}
    return len(others) == 1 and all(each.dtype is _float32 for each in arrays)


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
