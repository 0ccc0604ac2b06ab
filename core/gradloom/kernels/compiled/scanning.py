"""Running sums and products, in float64: see `kernels/scanning.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.picking import in_three

Array = np.ndarray[Any, Any]

# How many columns go along beside each other, and what a value takes, in multiply-adds.
_STRIP = 256
_WORK = 8


def running(function: np.ufunc, values: Array, at: int) -> Array:
    out = np.empty(values.shape, np.float32)
    given, made, adds = in_three(values, at), in_three(out, at), function is np.add
    n, _, k = given.shape
    if k == 1:
        _along_rows(given[..., 0], made[..., 0], adds, n, _WORK * out.size)
    else:
        _down_columns(given, made, adds, n * -(-k // _STRIP), _WORK * out.size)
    return out


@shared
def _along_rows(rows: Array, out: Array, adds: bool, start: int, stop: int) -> None:
    for i in range(start, stop):
        row, made = rows[i], out[i]
        total = 0.0 if adds else 1.0
        if adds:
            for j in range(len(row)):
                total += row[j]
                made[j] = total
        else:
            for j in range(len(row)):
                total *= row[j]
                made[j] = total


@shared
def _down_columns(given: Array, out: Array, adds: bool, start: int, stop: int) -> None:
    """Some of the strips of columns of all matrices."""
    _, rows, columns = given.shape
    strips = (columns + _STRIP - 1) // _STRIP
    total = np.empty(_STRIP, np.float64)
    for number in range(start, stop):
        matrix, strip = divmod(number, strips)
        left = strip * _STRIP
        wide = min(_STRIP, columns - left)
        for j in range(wide):
            total[j] = 0.0 if adds else 1.0
        for i in range(rows):
            row, made = given[matrix, i, left:], out[matrix, i, left:]
            if adds:
                for j in range(wide):
                    total[j] += row[j]
                    made[j] = total[j]
            else:
                for j in range(wide):
                    total[j] *= row[j]
                    made[j] = total[j]
