"""The mean cross-entropy and its gradient in one call each: see `kernels/cross_entropy.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.elementary import exp_below_0, log
from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.compiled.rows import largest_number

Array = np.ndarray[Any, Any]

_WORK = 24  # what a number with an exponential costs, in multiply-adds


def mean_cross_entropy(rows: Array, classes: Array, ignored: int) -> tuple[Array, Array, Array]:
    loss, (losses, largest, sums) = np.empty((), np.float32), np.empty((3, len(rows)), np.float32)
    wrong = _mean_cross_entropy(rows, classes, ignored, loss, losses, largest, sums)
    if wrong >= 0:
        raise IndexError(f"Target {classes[wrong]} is out of bounds.")
    return loss, largest, sums


@jit
def _mean_cross_entropy(
    rows: Array, classes: Array, ignored: int, loss: Array, losses: Array, largest: Array, sums: Array
) -> int:
    """The number of the first row whose class does not exist, -1 if there is none."""
    for i in range(len(classes)):
        if classes[i] != ignored and not 0 <= classes[i] < rows.shape[1]:
            return i
    _each(rows, classes, ignored, losses, largest, sums, len(rows), rows.size * _WORK)
    total, count = 0.0, 0
    for i in range(len(classes)):
        if classes[i] != ignored:
            total += losses[i]
            count += 1
    loss[()] = total / count
    return -1


@shared
def _each(
    rows: Array,
    classes: Array,
    ignored: int,
    losses: Array,
    largest: Array,
    sums: Array,
    start: int,
    stop: int,
) -> None:
    for i in range(start, stop):
        row = rows[i]
        most = largest_number(row)
        total = np.float32(0)
        for j in range(row.size):
            total += exp_below_0(row[j] - most)
        if classes[i] != ignored:
            losses[i] = log(total) - (row[classes[i]] - most)
        largest[i], sums[i] = most, total


def mean_cross_entropy_backward(
    rows: Array, classes: Array, ignored: int, largest: Array, sums: Array, grad: Array
) -> Array:
    back = np.empty_like(rows)
    _back(rows, classes, ignored, largest, sums, grad, back)
    return back


@jit
def _back(
    rows: Array, classes: Array, ignored: int, largest: Array, sums: Array, grad: Array, back: Array
) -> None:
    count = 0
    for i in range(len(classes)):
        count += classes[i] != ignored
    _each_back(
        rows,
        classes,
        ignored,
        largest,
        sums,
        grad[()] / np.float32(count),
        back,
        len(rows),
        rows.size * _WORK,
    )


@shared
def _each_back(
    rows: Array,
    classes: Array,
    ignored: int,
    largest: Array,
    sums: Array,
    pull: Any,
    back: Array,
    start: int,
    stop: int,
) -> None:
    for i in range(start, stop):
        row, made = rows[i], back[i]
        given = np.float32(0) if classes[i] == ignored else pull
        most, share = largest[i], given / sums[i]
        for j in range(row.size):
            made[j] = exp_below_0(row[j] - most) * share
        if classes[i] != ignored:
            made[classes[i]] -= given
