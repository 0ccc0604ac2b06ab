"""The regularized lower incomplete gamma function, which NumPy lacks.

A series below a + 1 and a continued fraction above (Abramowitz and Stegun, 6.5.29 and 6.5.31; the latter by
Lentz's method).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.gamma import lgamma

Array: TypeAlias = npt.NDArray[Any]

_MOST_STEPS = 5000
_EPS = 1e-16
_TINY = 1e-300
_STEP = 1e-5


def gammainc(a: Array, x: Array) -> Array:
    """The share of gamma(a) that the integral of t^(a-1) exp(-t) has reached at x; a, x >= 0, float64."""
    a, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    with np.errstate(all="ignore"):
        front = np.exp(a * np.log(x) - x - lgamma(a))
        low = x < a + 1
        result = np.where(low, front * _series(a, np.where(low, x, 0.0)), 0.0)
        result = np.where(low, result, 1 - front * _fraction(a, np.where(low, a + 2, x)))
        result = np.where(x == 0, 0.0, result)
        result = np.where((a == 0) & (x > 0), 1.0, result)
        result = np.where(np.isposinf(x), 1.0, result)
        return np.asarray(np.where((a < 0) | (x < 0) | np.isnan(a) | np.isnan(x), np.nan, result))


def slope(a: Array, x: Array) -> Array:
    """The derivative of `gammainc` by its parameter, by central differences."""
    wide = np.asarray(a, np.float64)
    step = _STEP * np.maximum(wide, 0.1)
    moved = (gammainc(wide + step, x) - gammainc(wide - step, x)) / (2 * step)
    return np.asarray(moved).astype(np.result_type(a, x))


def _series(a: Array, x: Array) -> Array:
    term = 1 / a
    total = term.copy()
    for step in range(1, _MOST_STEPS):
        term = term * x / (a + step)
        total = total + term
        if not np.any(np.abs(term) > np.abs(total) * _EPS):
            break
    return np.asarray(total)


def _fraction(a: Array, x: Array) -> Array:
    b = x + 1 - a
    c = np.full_like(x, 1 / _TINY)
    d = 1 / b
    value = d.copy()
    for step in range(1, _MOST_STEPS):
        factor = -step * (step - a)
        b = b + 2
        d = 1 / _away_from_zero(factor * d + b)
        c = _away_from_zero(b + factor / c)
        change = d * c
        value = value * change
        if not np.any(np.abs(change - 1) > _EPS * 4):
            break
    return np.asarray(value)


def _away_from_zero(x: Array) -> Array:
    return np.asarray(np.where(np.abs(x) < _TINY, _TINY, x))
