"""The mean squared difference and its gradient in one pass each: see `kernels/squared_error.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import indices, shared
from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.compiled.pointwise import PASS, over

Array = np.ndarray[Any, Any]

_0 = np.float32(0)

_STRETCH = 512  # squares that are added in float32


def mean_squared_error(x: Array, target: Array) -> Array:
    loss = np.empty((), np.float32)
    _mean(x.ravel(), target.ravel(), loss)
    return loss


@jit
def _mean(x: Array, target: Array, loss: Array) -> None:
    sums = np.empty((x.size + _STRETCH - 1) // _STRETCH, np.float32)
    _sum_squares(x, target, sums, sums.size, PASS * x.size)
    total = 0.0
    for i in range(sums.size):
        total += sums[i]
    loss[()] = total / x.size


@shared
def _sum_squares(x: Array, target: Array, sums: Array, start: int, stop: int) -> None:
    for stretch in range(start, stop):
        found = _0
        for i in indices(stretch * _STRETCH, min((stretch + 1) * _STRETCH, x.size)):
            found += (x[i] - target[i]) * (x[i] - target[i])
        sums[stretch] = found


def mean_squared_error_backward(grad: Array, x: Array, target: Array) -> Array:
    return over(_back, PASS, x, target, settings=(2.0 * grad.item() / x.size,))


@shared
def _back(x: Array, target: Array, back: Array, factor: Any, start: int, stop: int) -> None:
    for i in indices(start, stop):
        back[i] = factor * (x[i] - target[i])
