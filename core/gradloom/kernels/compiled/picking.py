"""Elements along a dimension that places name, and the largest of each row: see `kernels/picking.py`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import inlined

Array = np.ndarray[Any, Any]

# What picking a number, and looking at one, takes in multiply-adds.
_WORK, _LOOK = 8, 4


def picked(values: Array, places: Array, at: int) -> Array:
    out = np.empty(places.shape, np.float32)
    given, named, made = (in_three(each, at) for each in (values, places, out))
    if made.shape[2] == 1:
        _pick_in_rows(given[..., 0], named[..., 0], made[..., 0], len(made), _WORK * out.size)
    else:
        n, m, _ = made.shape
        _pick(given, named, made, n * m, _WORK * out.size)
    return out


def in_three(array: Array, at: int) -> Array:
    """What is before dim `at`, and what is behind it, in one dim each."""
    return array.reshape(math.prod(array.shape[:at]), array.shape[at], math.prod(array.shape[at + 1 :]))


@shared
def _pick_in_rows(values: Array, places: Array, out: Array, start: int, stop: int) -> None:
    for i in range(start, stop):
        source, named, made = values[i], places[i], out[i]
        for j in range(len(made)):
            made[j] = source[np.uint64(named[j])]


@shared
def _pick(values: Array, places: Array, out: Array, start: int, stop: int) -> None:
    _, many, columns = places.shape
    for number in range(start, stop):
        i, j = divmod(number, many)
        source, named, made = values[i], places[i, j], out[i, j]
        for k in range(columns):
            made[k] = source[np.uint64(named[k]), k]


def add_to_picked(sums: Array, places: Array, values: Array, at: int) -> None:
    made, named, given = (in_three(each, at) for each in (sums, places, values))
    if made.shape[2] == 1:
        _add_in_rows(made[..., 0], named[..., 0], given[..., 0], len(made), _WORK * values.size)
    else:
        _add(made, named, given, len(made), _WORK * values.size)


@shared
def _add_in_rows(sums: Array, places: Array, values: Array, start: int, stop: int) -> None:
    for i in range(start, stop):
        made, named, given = sums[i], places[i], values[i]
        for j in range(len(given)):
            made[np.uint64(named[j])] += given[j]


@shared
def _add(sums: Array, places: Array, values: Array, start: int, stop: int) -> None:
    _, many, columns = places.shape
    for i in range(start, stop):
        made = sums[i]
        for j in range(many):
            named, given = places[i, j], values[i, j]
            for k in range(columns):
                made[np.uint64(named[k]), k] += given[k]


def first_in_order(rows: Array, count: int, largest: bool) -> tuple[Array, Array]:
    found, places = np.empty((len(rows), count), np.float32), np.empty((len(rows), count), np.int64)
    _find(rows, found, places, largest, len(rows), _LOOK * rows.size)
    return found, places


_BLOCK = 64


@inlined
def _comes_before(x: Any, other: Any, largest: bool) -> Any:
    if largest:
        return x > other or (x != x and other == other)
    return x < other or (other != other and x == x)


@inlined
def _some_may_come(block: Array, last: Any, largest: bool) -> Any:
    """Whether a number of the block may come before `last`."""
    may = np.int32(0)
    if largest:
        for j in range(len(block)):
            may |= np.int32(not block[j] <= last)
    else:
        for j in range(len(block)):
            may |= np.int32(not block[j] >= last)
    return may != 0


@shared
def _find(rows: Array, found: Array, places: Array, largest: bool, start: int, stop: int) -> None:
    """Go through each row with the best so far in order; most blocks have nothing better than their last."""
    columns, count = rows.shape[1], found.shape[1]
    for i in range(start, stop):
        row, best, where = rows[i], found[i], places[i]
        many = 0
        for first in range(0, columns, _BLOCK):
            block = row[first : first + _BLOCK]
            if many == count and not _some_may_come(block, best[count - 1], largest):
                continue
            for j in range(len(block)):
                x = block[j]
                if many == count:
                    if not _comes_before(x, best[count - 1], largest):
                        continue
                else:
                    many += 1
                at = many - 1
                while at > 0 and _comes_before(x, best[at - 1], largest):
                    best[at] = best[at - 1]
                    where[at] = where[at - 1]
                    at -= 1
                best[at] = x
                where[at] = first + j
