"""The gamma function's logarithm and derivatives, and Hurwitz's zeta function.

Rational approximations from the Cephes library (S. L. Moshier, "Methods and Programs for Mathematical
Functions", 1989, gamma.c); asymptotic series with Bernoulli numbers from https://dlmf.nist.gov/5.11 and
https://dlmf.nist.gov/25.11.
"""

from __future__ import annotations

import math

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.series import in_double, polynomial

# log(gamma(2 + x)) = x P(x) / Q(x) for 0 <= x < 1.
_TOP = (
    -1.37825152569120859100e3,
    -3.88016315134637840924e4,
    -3.31612992738871184744e5,
    -1.16237097492762307383e6,
    -1.72173700820839662146e6,
    -8.53555664245765465627e5,
)
_BOTTOM = (
    1.0,
    -3.51815701436523470549e2,
    -1.70642106651881159223e4,
    -2.20528590553854454839e5,
    -1.13933444367982507207e6,
    -2.53252307177582951285e6,
    -2.01889141433532773231e6,
)
# B_2k / (2k (2k - 1)) of Stirling's series (DLMF 5.11.1) and B_2k / 2k of digamma's (DLMF 5.11.2), k falling.
_STIRLING = (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
_DIGAMMA = (1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12)
# (2k)! / B_2k (DLMF 25.11.28).
_ZETA = (
    12.0,
    -720.0,
    30240.0,
    -1209600.0,
    47900160.0,
    -1307674368000 / 691,
    74724249600.0,
    -10670622842880000 / 3617,
    5109094217170944000 / 43867,
    -802857662698291200000 / 174611,
    14101100039391805440000 / 77683,
    -1693824136731743669452800000 / 236364091,
)
_TERMS = 9
"""After so many terms the sum of Hurwitz's zeta function goes over to its asymptotic series."""


def _sine_of_pi(x: Array) -> Array:
    """|sin(pi x)|, exactly 0 at whole numbers."""
    return np.sin(math.pi * np.abs(x - np.round(x)))


def stirling(x: Array) -> Array:
    """What log(gamma(x)) is above (x - 1/2) log(x) - x + log(2 pi) / 2."""
    return polynomial(1 / (x * x), _STIRLING) / x


@in_double
def lgamma(x: Array) -> Array:
    """The logarithm of the absolute value of the gamma function; inf at its poles."""
    mirrored = np.where(x < 0.5, 1 - x, x)
    large = (mirrored - 0.5) * np.log(mirrored) - mirrored + 0.5 * math.log(2 * math.pi) + stirling(mirrored)
    right = np.where(mirrored < 13, _small_lgamma(np.minimum(mirrored, 13)), large)
    left = math.log(math.pi) - np.log(_sine_of_pi(x)) - right
    return np.where(np.isinf(x), np.inf, np.where(x < 0.5, left, right))


def _small_lgamma(x: Array) -> Array:
    """From 1/2 to 13: brought between 2 and 3 by gamma(x + 1) = x gamma(x)."""
    rest = x - np.floor(x)
    base = rest + 2
    factor = np.ones_like(x)
    for step in range(10):
        factor *= np.where(base + step < x - 0.5, base + step, 1)
    # As a quotient it would lose digits near 1, where all this is near 0.
    divisor = np.where(x < 2, x, 1) * np.where(x < 1, x + 1, 1)
    series = rest * polynomial(rest, _TOP) / polynomial(rest, _BOTTOM)
    return np.asarray(series + np.log(factor) - np.log(divisor))


@in_double
def digamma(x: Array) -> Array:
    """The derivative of the logarithm of the gamma function; nan at its poles, but infinite at 0."""
    far = np.where(x < 0, 1 - x, x)
    total = np.zeros_like(x)
    for _ in range(10):
        total -= np.where(far < 10, 1 / far, 0)
        far = np.where(far < 10, far + 1, far)
    square = 1 / (far * far)
    total += np.log(far) - 0.5 / far - square * polynomial(square, _DIGAMMA)
    offset = x - np.round(x)
    reflected = np.where(offset == 0, np.nan, total - math.pi / np.tan(math.pi * offset))
    return np.where(x == 0, np.copysign(np.inf, -x), np.where(x < 0, reflected, total))


@in_double
def zeta(s: Array, q: Array) -> Array:
    """Hurwitz's zeta function, the sum over k >= 0 of (k + q)^-s, for s > 1; below q = 0 for whole s only."""
    above = _zeta(s, np.where(q < 0, q - np.floor(q), q))
    # Of a negative q the terms below 0 are those of two others, turned round.
    turned = _zeta(s, np.ceil(q) - q) - _zeta(s, 1 - q)
    total = np.where(q < 0, above + np.where(s % 2 == 0, turned, -turned), above)
    # Of an infinite power only the first term is left, beyond an infinite q nothing.
    total = np.where(np.isposinf(s), q**-s, np.where(np.isposinf(q), 0, total))
    whole = q == np.floor(q)
    total = np.where((q <= 0) & whole, np.inf, total)
    undefined = (s < 1) | ((q < 0) & ~whole & (s != np.floor(s))) | np.isnan(q)
    return np.where(s == 1, np.inf, np.where(undefined, np.nan, total))


def _zeta(s: Array, q: Array) -> Array:
    """For q > 0: some terms, then Euler and Maclaurin's series (DLMF 25.11.28)."""
    total: Array = q**-s
    for _ in range(_TERMS):
        q = q + 1
        term = q**-s
        total = total + term
    total = total + term * q / (s - 1) - 0.5 * term
    for k, divisor in enumerate(_ZETA):
        term = term * (s + 2 * k) / q
        # Where a power has vanished its factor may be infinite.
        total = total + np.nan_to_num(term / divisor, nan=0.0, posinf=0.0, neginf=0.0)
        term = term * (s + 2 * k + 1) / q
    return np.asarray(total)


def polygamma(n: int, x: Array) -> Array:
    """The derivative of order n of digamma: (-1)^(n + 1) n! zeta(n + 1, x) (DLMF 25.11.12)."""
    if n == 0:
        return digamma(x)
    factorial = math.exp(math.lgamma(n + 1))
    whole = zeta(np.float64(n + 1), x.astype(np.float64))
    return ((factorial if n % 2 else -factorial) * whole).astype(x.dtype)
