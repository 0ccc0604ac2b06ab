"""The gamma function's logarithm and that one's derivatives, which NumPy lacks.

Arguments are moved up by the recurrence until the asymptotic series holds in double precision;
negative ones are reflected (Abramowitz and Stegun, 6.1.17, 6.1.41, 6.3.5-18, 6.4.6-11).
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
"""B2, B4, ..., B16."""
_FAR = 10
"""From here on the series holds."""


def lgamma(x: Array) -> Array:
    """log |gamma(x)|; infinite at 0, -1, -2, ..."""
    wide = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        value = _lgamma_of_positive(np.where(wide > 0.5, wide, 1 - wide))
        reflected = math.log(math.pi) - np.log(np.abs(_sine(wide))) - value
        result = np.where(wide > 0.5, value, reflected)
        result = np.where(_poles(wide) | np.isinf(wide), np.inf, result)
    return np.asarray(result).astype(x.dtype, copy=False)


def _lgamma_of_positive(x: Array) -> Array:
    product = np.ones_like(x)
    far = x.copy()
    for _ in range(_FAR):
        near = far < _FAR
        product = np.where(near, product * far, product)
        far = np.where(near, far + 1, far)
    inverse = 1 / far
    series = np.zeros_like(x)
    for k, number in reversed(list(enumerate(_BERNOULLI, 1))):
        series = series * inverse**2 + number / (2 * k * (2 * k - 1))
    return (far - 0.5) * np.log(far) - far + 0.5 * math.log(2 * math.pi) + series * inverse - np.log(product)


def digamma(x: Array) -> Array:
    """The derivative of lgamma; nan at -1, -2, ..., and infinite at 0, against its sign."""
    wide = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        far = np.where(wide > 0, wide, 1 - wide)
        value = np.zeros_like(wide)
        for _ in range(_FAR):
            near = far < _FAR
            value = np.where(near, value - 1 / far, value)
            far = np.where(near, far + 1, far)
        square = 1 / far**2
        series = np.zeros_like(wide)
        for k, number in reversed(list(enumerate(_BERNOULLI, 1))):
            series = (series + number / (2 * k)) * square
        value += np.log(far) - 0.5 / far - series
        result = np.where(wide > 0, value, value - math.pi / np.tan(math.pi * (wide - np.round(wide))))
        result = np.where(_poles(wide), np.nan, result)
        result = np.where(wide == 0, -np.copysign(np.inf, wide), result)
        result = np.where(wide == np.inf, np.inf, result)
    return np.asarray(result).astype(x.dtype, copy=False)


def polygamma(n: int, x: Array) -> Array:
    """The n-th derivative of digamma: (-1)^(n + 1) n! times the Hurwitz zeta function of n + 1 at x > 0."""
    if n == 0:
        return digamma(x)
    sign = -1.0 if n % 2 == 0 else 1.0
    zeta = hurwitz(float(n + 1), np.asarray(x, np.float64))
    return np.asarray(sign * math.factorial(n) * zeta).astype(x.dtype, copy=False)


def hurwitz(s: float, q: Array) -> Array:
    """The sum of 1 / (q + k)^s over k = 0, 1, ..., by Euler and Maclaurin; s > 1."""
    with np.errstate(all="ignore"):
        total = np.zeros_like(q)
        for k in range(_FAR):
            total += (q + k) ** -s
        far = q + _FAR
        total += far ** (1 - s) / (s - 1) + 0.5 * far**-s
        rising, power = s, far ** (-s - 1)
        for k, number in enumerate(_BERNOULLI, 1):
            total += number / math.factorial(2 * k) * rising * power
            rising *= (s + 2 * k - 1) * (s + 2 * k)
            power = power / far**2
    return total


def _poles(x: Array) -> Array:
    return np.asarray((x <= 0) & (x == np.floor(x)))


def _sine(x: Array) -> Array:
    """sin(pi x), exact at whole numbers."""
    return np.asarray(np.sin(math.pi * (x - 2 * np.round(x / 2))))
