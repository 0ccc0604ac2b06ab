"""Adding to places, where one place may come many times."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled, floats


def add_at(array: Array, key: Any, values: Any) -> None:
    """Add `values` to the elements of `array` that `key` picks, once for each time that they are picked.

    NumPy adds one flat list of numbers to another several times as fast as rows to rows, so the places are
    spelled out.
    """
    if not array.flags.c_contiguous or array.size < 64:
        np.add.at(array, key, values)
        return
    places = np.arange(array.size).reshape(array.shape)[key]
    given = np.broadcast_to(np.asarray(values, array.dtype), places.shape)
    np.add.at(array.reshape(-1), places.reshape(-1), given.reshape(-1))


def _table_and_places(table: Any, places: Any, *_: Any) -> bool:
    return floats(table) and table.ndim == 2 and places.dtype == np.int64 and places.flags.carray


@compiled(when=_table_and_places)
def rows_at(table: Array, numbers: Array) -> Array:
    """The rows of the table that the numbers name; IndexError if there are none such."""
    if numbers.size and (numbers.min() < 0 or numbers.max() >= len(table)):
        raise IndexError("index out of range in self")
    return np.asarray(table[numbers])


_ROUNDS = 16


@compiled(when=_table_and_places)
def sums_by_place(values: Array, places: Array, count: int) -> Array:
    """For each of `count` places the sum of the rows of `values` that belong there, or zeros.

    IndexError if there are not so many places.

    Sorted by place, a place's rows are one run. Runs that are all short are added in rounds, the first row of
    each, the second of each, and so on; NumPy's own sum of runs takes five times as long on them.
    """
    sums = np.zeros((count, values.shape[1]), values.dtype)
    if not places.size:
        return sums
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    if ordered[0] < 0 or ordered[-1] >= count:
        raise IndexError("index out of range in self")
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    named, lengths = ordered[starts], np.diff(starts, append=places.size)
    if lengths.max() > _ROUNDS:
        sums[named] = np.add.reduceat(values[order], starts, axis=0)
        return sums
    for at in range(lengths.max()):
        longer = lengths > at
        sums[named[longer]] += values[order[starts[longer] + at]]
    return sums
