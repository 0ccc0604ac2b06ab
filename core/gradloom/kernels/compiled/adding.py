"""Rows of a table that numbers name, and sums of what flows back to each; threads take columns of those."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared

Array = np.ndarray[Any, Any]

_0 = np.float32(0)
_EIGHT = 8

# What moving a number takes, in multiply-adds.
_WORK = 1


def rows_at(table: Array, numbers: Array) -> Array:
    out = np.empty((*numbers.shape, table.shape[1]), np.float32)
    flat, rows = numbers.reshape(-1), out.reshape(numbers.size, table.shape[1])
    missing = np.zeros(1, np.bool_)
    _pick(table, flat, rows, missing, len(flat), _WORK * out.size)
    if missing[0]:
        raise IndexError("index out of range in self")
    return out


def sums_by_place(values: Array, places: Array, count: int) -> Array:
    sums = np.empty((count, values.shape[1]), np.float32)
    eights = -(-values.shape[1] // _EIGHT)
    missing = np.zeros(1, np.bool_)
    _add(values, places, sums, missing, eights, _WORK * (values.size + sums.size))
    if missing[0]:
        raise IndexError("index out of range in self")
    return sums


@shared
def _pick(table: Array, numbers: Array, out: Array, missing: Array, start: int, stop: int) -> None:
    """Copy some of the rows that are named; `missing` is set if one of them does not exist."""
    count, columns = table.shape
    source, flat = table.reshape(table.size), out.reshape(out.size)
    for at in range(start, stop):
        number = numbers[at]
        if number < 0 or number >= count:
            missing[0] = True
            return
        given, made = np.uint64(number * columns), np.uint64(at * columns)
        for j in range(columns):
            flat[made + np.uint64(j)] = source[given + np.uint64(j)]


@partial(shared, most=2)
def _add(values: Array, places: Array, sums: Array, missing: Array, start: int, stop: int) -> None:
    """Add some eights of the columns of `values` up in places that are all cleared before.

    `missing` is set if a place does not exist.
    """
    columns = values.shape[1]
    first, last = start * _EIGHT, min(stop * _EIGHT, columns)
    given, made = values.reshape(values.size), sums.reshape(sums.size)
    for row in range(len(sums)):
        to = np.uint64(row * columns)
        for j in range(first, last):
            made[to + np.uint64(j)] = _0
    for at in range(len(places)):
        if places[at] < 0 or places[at] >= len(sums):
            missing[0] = True
            return
        to, source = np.uint64(places[at] * columns), np.uint64(at * columns)
        for j in range(first, last):
            made[to + np.uint64(j)] += given[source + np.uint64(j)]
