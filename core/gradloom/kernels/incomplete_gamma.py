"""The regularized incomplete gamma functions, which NumPy lacks.

Below 64 a series and a continued fraction, from there on quadrature of the peak.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.gamma import lgamma, stirling
from gradloom.kernels.series import in_double

_STEP = 1e-5


@in_double
def gammainc(a: Array, x: Array) -> Array:
    """The regularized lower incomplete gamma function (DLMF 8.2.4)."""
    return _incomplete(a, x)[0]


@in_double
def gammaincc(a: Array, x: Array) -> Array:
    """The regularized upper incomplete gamma function: 1 - gammainc(a, x)."""
    return _incomplete(a, x)[1]


@in_double
def slope(a: Array, x: Array) -> Array:
    """The derivative of `gammainc` by its parameter, by central differences."""
    step = _STEP * np.maximum(a, 0.1)
    return np.asarray((gammainc(a + step, x) - gammainc(a - step, x)) / (2 * step))


def _incomplete(a: Array, x: Array) -> tuple[Array, Array]:
    """Lower and upper, each with its own precision where it is the smaller."""
    a, x = np.broadcast_arrays(a, x)
    lower, upper = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    usual = (a > 0) & (x > 0) & np.isfinite(a) & np.isfinite(x)
    left = usual & (x < a + 1)
    for place, compute, mine, other in (
        (left & (a < 64), _series, lower, upper),
        (usual & ~left & (a < 64), _fraction, upper, lower),
        (left & (a >= 64), _lower_by_quadrature, lower, upper),
        (usual & ~left & (a >= 64), _upper_by_quadrature, upper, lower),
    ):
        if place.any():
            mine[place] = compute(a[place], x[place])
            other[place] = 1 - mine[place]
    # A nan beside a limit that decides alone does not count, as in PyTorch.
    nothing = ~(a <= 0) & ((x == 0) | (np.isposinf(a) & ~(x < 0) & ~np.isinf(x)))
    everything = (~(a < 0) & ~np.isinf(a) & np.isposinf(x)) | ((a == 0) & (x > 0))
    for place, below in ((nothing, 0.0), (everything, 1.0)):
        lower[place], upper[place] = below, 1 - below
    return lower, upper


def _front(a: Array, x: Array) -> Array:
    """x^a e^-x / gamma(a + 1)."""
    return np.asarray(np.exp(a * np.log(x) - x - lgamma(a + 1)))


def _series(a: Array, x: Array) -> Array:
    """DLMF 8.7.1: the sum of x^k / ((a + 1) ... (a + k))."""
    term = np.ones_like(x)
    total = term.copy()
    place = a.copy()
    while np.any(term > total * 1e-17):
        place = place + 1
        term = term * (x / place)
        total += term
    return total * _front(a, x)


def _fraction(a: Array, x: Array) -> Array:
    """DLMF 8.9.2, by Lentz's method."""
    b = x + 1 - a
    c = np.full_like(x, 1e300)
    d = 1 / b
    value = d.copy()
    for k in range(1, 1000):
        numerator = -k * (k - a)
        b = b + 2
        d = numerator * d + b
        c = b + numerator / c
        d = 1 / np.where(d == 0, 1e-300, d)
        change = d * np.where(c == 0, 1e-300, c)
        value = value * change
        if np.all(np.abs(change - 1) < 1e-16):
            break
    return value * _front(a, x) * a


@cache
def _nodes() -> tuple[Array, Array]:
    """Of Gauss and Legendre's quadrature on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(48)
    return (nodes + 1) / 2, weights / 2


def _quadrature(a: Array, start: Array, end: Array) -> Array:
    """The integral of t^(a - 1) e^-t / gamma(a), which peaks at a - 1, from `start` to `end`, for large a."""
    nodes, weights = _nodes()
    peak = (a - 1)[:, None]
    t = start[:, None] + (end - start)[:, None] * nodes
    away = (t - peak) / peak
    heights = np.exp(peak * (np.log1p(away) - away))
    scale = np.exp(-stirling(peak[:, 0])) / np.sqrt(2 * math.pi * peak[:, 0])
    return np.asarray((heights @ weights) * (end - start) * scale)


def _lower_by_quadrature(a: Array, x: Array) -> Array:
    width = np.sqrt(a - 1)
    start = np.maximum(0, np.minimum(a - 1 - 9 * width, x - 6 * width))
    return _quadrature(a, start, x)


def _upper_by_quadrature(a: Array, x: Array) -> Array:
    width = np.sqrt(a - 1)
    return _quadrature(a, x, np.maximum(a - 1 + 13 * width, x + 7 * width))
