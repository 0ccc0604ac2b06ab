"""The mean cross-entropy and its gradient in one call each: see `kernels/cross_entropy.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.compiled.pointwise import EXPONENTIAL
from gradloom.kernels.compiled.rows import (
    each_cross_entropy,
    each_cross_entropy_backward,
    first_missing,
    refuse,
)

Array = np.ndarray[Any, Any]

_0 = np.float32(0)


def mean_cross_entropy(rows: Array, classes: Array, ignored: int) -> tuple[Array, Array, Array]:
    loss, (losses, largest, sums) = np.empty((), np.float32), np.empty((3, len(rows)), np.float32)
    refuse(classes, _mean_cross_entropy(rows, classes, ignored, loss, losses, largest, sums))
    return loss, largest, sums


@jit
def _mean_cross_entropy(
    rows: Array, classes: Array, ignored: int, loss: Array, losses: Array, largest: Array, sums: Array
) -> int:
    """The number of the first row whose class does not exist, -1 if there is none."""
    picked = np.where(classes == ignored, 0, classes)
    missing = first_missing(picked, rows.shape[1])
    if missing >= 0:
        return missing
    each_cross_entropy(rows, picked, losses, largest, sums, len(rows), rows.size * EXPONENTIAL)
    total, count = 0.0, 0
    for i in range(len(classes)):
        if classes[i] != ignored:
            total += losses[i]
            count += 1
    loss[()] = total / count
    return -1


def mean_cross_entropy_backward(
    rows: Array, classes: Array, ignored: int, largest: Array, sums: Array, grad: Array
) -> Array:
    back = np.empty_like(rows)
    refuse(classes, _back(rows, classes, ignored, largest, sums, grad, back))
    return back


@jit
def _back(
    rows: Array, classes: Array, ignored: int, largest: Array, sums: Array, grad: Array, back: Array
) -> int:
    """The number of the first row whose class, which may have changed meanwhile, does not exist, or -1."""
    picked = np.where(classes == ignored, 0, classes)
    missing = first_missing(picked, rows.shape[1])
    if missing >= 0:
        return missing
    count = 0
    for i in range(len(classes)):
        count += classes[i] != ignored
    pull = np.empty(len(classes), np.float32)
    for i in range(len(classes)):
        pull[i] = _0 if classes[i] == ignored else grad[()] / np.float32(count)
    each_cross_entropy_backward(rows, picked, largest, sums, pull, back, len(rows), rows.size * EXPONENTIAL)
    return -1
