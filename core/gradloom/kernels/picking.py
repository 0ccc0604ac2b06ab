"""Elements along a dimension that places name, and the largest of each row."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled, floats
from gradloom.kernels.ordering import order_of

Shape = tuple[int, ...]

# NumPy has picked fewer elements before a compiled loop has begun.
_SOME = 512


def _floats_and_places(values: Any, places: Any, *_: Any) -> bool:
    return places.size >= _SOME and floats(values) and places.dtype == np.int64 and bool(places.flags.carray)


def _picked_in_whole(values: Any, places: Any, at: int) -> bool:
    return _floats_and_places(values, places) and _apart_from(at, values.shape) == _apart_from(
        at, places.shape
    )


def _apart_from(at: int, shape: Shape) -> Shape:
    return shape[:at] + shape[at + 1 :]


@compiled(when=_picked_in_whole)
def picked(values: Array, places: Array, at: int) -> Array:
    """For each place the value there, but with the place itself along dim `at`; none may be missing."""
    return np.asarray(values.take(_flat(values.shape, places, at)))


def _added_in_whole(sums: Any, places: Any, values: Any, at: int) -> bool:
    return _picked_in_whole(sums, places, at) and floats(values)


@compiled(when=_added_in_whole)
def add_to_picked(sums: Array, places: Array, values: Array, at: int) -> None:
    """Add each value to what `picked` would take out of `sums`, which lie row by row; in place."""
    # NumPy adds one flat list of numbers to another several times as fast.
    np.add.at(sums.reshape(-1), _flat(sums.shape, places, at).reshape(-1), values.reshape(-1))


def _flat(shape: Shape, places: Array, at: int) -> Array:
    """Where in the flattened array the elements are."""
    others = _apart_from(at, shape)
    firsts = _few_firsts(shape, at) if math.prod(others) < _SOME else _firsts(shape, at)
    if others != _apart_from(at, places.shape):
        firsts = firsts[tuple([slice(0, size) for size in places.shape])]
    return np.asarray(places * math.prod(shape[at + 1 :]) + firsts)


def _firsts(shape: Shape, at: int) -> Array:
    """Where in the flattened array the elements are whose place along `at` is 0."""
    before, behind = math.prod(shape[:at]), math.prod(shape[at + 1 :])
    firsts = (np.arange(before) * (shape[at] * behind))[:, None] + np.arange(behind)
    return firsts.reshape(*shape[:at], 1, *shape[at + 1 :])


_few_firsts = lru_cache(maxsize=256)(_firsts)

_MOST, _SHORT, _SHARE = 256, 64, 4


def _few_of_many(rows: Any, count: int, largest: bool) -> bool:
    """Whether each number is worth a comparison with the last of those found before."""
    return (
        0 < count <= _MOST and (rows.shape[1] <= _SHORT or _SHARE * count <= rows.shape[1]) and floats(rows)
    )


@compiled(when=_few_of_many)
def first_in_order(rows: Array, count: int, largest: bool) -> tuple[Array, Array]:
    """The `count` largest numbers of each row in order, or the smallest, and where they are.

    nan is larger than every number; of equal ones the first comes first.
    """
    places = np.ascontiguousarray(order_of(rows, 1, largest)[:, :count])
    return np.take_along_axis(rows, places, 1), places
