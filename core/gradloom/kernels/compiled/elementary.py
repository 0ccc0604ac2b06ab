"""Elementary functions of one float32, for loops of compiled kernels.

None of them branches, so that a loop that calls them becomes vector code. Each is within two and a half units
in the last place, takes infinities and NaN as NumPy does, and keeps the sign of zero. Arguments are cut to
two parts as Cody and Waite do ("Software Manual for the Elementary Functions", 1980), with ln 2 cut as in
Cephes (S. L. Moshier, 1989). The polynomials are our own fits, towards the smallest largest error.
"""

from __future__ import annotations

import numpy as np

from gradloom.kernels.compiled.jit import inlined_in_order

_0, _HALF, _1, _2 = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_INF, _NAN = np.float32(np.inf), np.float32(np.nan)
_LOG2_E = np.float32(1.4426950408889634)
_LN_2_HEAD, _LN_2_TAIL = np.float32(0.693359375), np.float32(-2.12194440e-4)

# Added to a small number, this leaves its nearest integer in the last bits.
_ROUNDER = np.float32(1.5 * 2**23)
_ROUNDER_BITS = np.int32(0x4B400000)

# The fields of a float32, and the square root of a half.
_MANTISSA, _SIZE = np.int32(0x7FFFFF), np.int32(0x7FFFFFFF)
_ROOT_HALF = np.int32(0x3F3504F3)
_TINY, _LIFT, _LIFTED = np.float32(2.0**-126), np.float32(2.0**24), np.float32(24)

# exp(r) = 1 + r + r^2 P(r) for |r| <= ln(2) / 2; highest power first.
_E = tuple(map(np.float32, (1.991936e-4, 1.3947213e-3, 8.333263e-3, 4.1666254e-2, 0.16666667, 0.5)))
_LEAST, _MOST = np.float32(-104), np.float32(89)
# Where even the raised power of two is 0, so that a caller's product with infinity is NaN.
_NOTHING = np.float32(-132.3)
_RAISED, _LOWERED = np.int32(64), np.float32(2.0**-64)
_LEAST_M1 = np.float32(-20)

# log(1 + f) = f - f^2 / 2 + f^3 P(f) from the root of a half to that of two.
_L = tuple(
    map(
        np.float32,
        (
            *(6.9151282e-2, -0.11789676, 0.11873014, -0.12384374, 0.14218657, -0.1666925),
            *(0.20002227, -0.24999987, 0.3333331),
        ),
    )
)

# tanh(x) = x + x^3 P(x^2) for |x| <= 0.625.
_T = tuple(map(np.float32, (2.1227426e-3, -8.156276e-3, 2.1692606e-2, -5.3945377e-2, 0.13333195, -0.3333333)))
_TANH_NEAR = np.float32(0.625)

# erf(x) = x + x P(x^2) for |x| <= 1, and log(1 - erf(x)) = x Q(x) from 0.9 to 4, from where it is 1.
_P = tuple(
    map(
        np.float32,
        (7.889119e-5, -8.020841e-4, 5.1895352e-3, -2.6854444e-2, 0.112836, -0.37612626, 0.1283791670955126),
    )
)
_Q = tuple(
    map(
        np.float32,
        (
            *(-5.2970045e-6, 4.9940503e-5, 2.743507e-5, -2.8691208e-3, 2.2575615e-2, -0.10516950),
            *(-0.63567317, -1.1285415),
        ),
    )
)
_ERF_NEAR, _ERF_FAR = np.float32(0.95), np.float32(4.05)

# Sine and cosine from -pi/4 to pi/4, and pi/2 in three parts, as in Cephes.
_S = tuple(map(np.float32, (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)))
_C = tuple(map(np.float32, (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)))
_PI_2 = tuple(map(np.float32, (1.5703125, 4.837512969970703125e-4, 7.549789948768648e-8)))
_2_PI = np.float32(2 / np.pi)


@inlined_in_order
def _bits(x: np.float32) -> np.int32:
    return np.float32(x).view(np.int32)


@inlined_in_order
def _from_bits(bits: np.int32) -> np.float32:
    return np.int32(bits).view(np.float32)


@inlined_in_order
def ordered(x: np.float32) -> np.int32:
    """A whole number for each number, in the same order, since vector code has no maximum that minds NaN."""
    bits = _bits(x)
    return np.int32(bits ^ ((bits >> np.int32(31)) & _SIZE))


@inlined_in_order
def unordered(place: np.int32) -> np.float32:
    """The number with that place in the order."""
    return _from_bits(place ^ ((place >> np.int32(31)) & _SIZE))


@inlined_in_order
def exp(x: np.float32) -> np.float32:
    """e to the power of x."""
    x = _LEAST if x < _LEAST else (_MOST if x > _MOST else x)
    shifted = x * _LOG2_E + _ROUNDER
    n = shifted - _ROUNDER
    r = x - n * _LN_2_HEAD - n * _LN_2_TAIL
    p = ((((_E[0] * r + _E[1]) * r + _E[2]) * r + _E[3]) * r + _E[4]) * r + _E[5]
    p = p * (r * r) + r + _1
    # In two steps, so that neither power of two overflows or vanishes.
    power = np.int32(_bits(shifted) - _ROUNDER_BITS)
    half = power >> np.int32(1)
    return p * _power_of_2(half) * _power_of_2(power - half)


@inlined_in_order
def exp_below_0(x: np.float32) -> np.float32:
    """e to the power of x, which is not positive."""
    x = _NOTHING if x < _NOTHING else x
    shifted = x * _LOG2_E + _ROUNDER
    n = shifted - _ROUNDER
    r = x - n * _LN_2_HEAD - n * _LN_2_TAIL
    p = ((((_E[0] * r + _E[1]) * r + _E[2]) * r + _E[3]) * r + _E[4]) * r + _E[5]
    p = p * (r * r) + r + _1
    # Raised first, so that the power of two does not vanish where the whole does not.
    return p * _power_of_2(_bits(shifted) + _RAISED) * _LOWERED


@inlined_in_order
def _power_of_2(n: np.int32) -> np.float32:
    """Of n's lowest bits, since the shift drops the others."""
    return _from_bits((n + np.int32(127)) << np.int32(23))


@inlined_in_order
def expm1(x: np.float32) -> np.float32:
    """e to the power of x, minus 1, exact where that is small."""
    cut = _LEAST_M1 if x < _LEAST_M1 else (_MOST if x > _MOST else x)
    shifted = cut * _LOG2_E + _ROUNDER
    n = shifted - _ROUNDER
    r = cut - n * _LN_2_HEAD - n * _LN_2_TAIL
    p = ((((_E[0] * r + _E[1]) * r + _E[2]) * r + _E[3]) * r + _E[4]) * r + _E[5]
    p = p * (r * r) + r
    # Half of it first, which does not overflow where the whole does not.
    power = _power_of_2(_bits(shifted) - np.int32(1))
    return x if x == _0 else _2 * (power * p + (power - _HALF))


@inlined_in_order
def log(x: np.float32) -> np.float32:
    """The natural logarithm."""
    lifted = x * _LIFT if x < _TINY else x
    below = _LIFTED if x < _TINY else _0
    bits = np.int32(_bits(lifted) - _ROOT_HALF)
    n = np.float32(bits >> np.int32(23)) - below
    f = _from_bits((bits & _MANTISSA) + _ROOT_HALF) - _1
    out = _log_of(f, n)
    out = out if x > _0 else (-_INF if x == _0 else _NAN)
    return x if x == _INF else out


@inlined_in_order
def _log_of(f: np.float32, n: np.float32) -> np.float32:
    """log((1 + f) * 2^n)."""
    p = (((_L[0] * f + _L[1]) * f + _L[2]) * f + _L[3]) * f + _L[4]
    p = (((p * f + _L[5]) * f + _L[6]) * f + _L[7]) * f + _L[8]
    square = f * f
    p = p * f * square + n * _LN_2_TAIL
    return n * _LN_2_HEAD + (f + (p - _HALF * square))


@inlined_in_order
def log1p(x: np.float32) -> np.float32:
    """The natural logarithm of 1 + x, exact where that is small."""
    whole = _1 + x
    bits = np.int32(_bits(whole) - _ROOT_HALF)
    n = np.float32(bits >> np.int32(23))
    f = _from_bits((bits & _MANTISSA) + _ROOT_HALF) - _1
    # What the sum rounded off.
    rest = x - (whole - _1) if x < _1 else _1 - (whole - x)
    out = _log_of(f, n) + rest / whole
    out = out if x > -_1 else (-_INF if x == -_1 else _NAN)
    out = x if x == _INF else out
    return x if x == _0 else out


@inlined_in_order
def tanh(x: np.float32) -> np.float32:
    """The hyperbolic tangent."""
    size = abs(x)
    square = x * x
    p = ((((_T[0] * square + _T[1]) * square + _T[2]) * square + _T[3]) * square + _T[4]) * square + _T[5]
    near = p * square * size + size
    small = exp_below_0(-_2 * size)
    far = (_1 - small) / (_1 + small)
    return _signed(near if size < _TANH_NEAR else far, x)


@inlined_in_order
def _signed(size: np.float32, x: np.float32) -> np.float32:
    """`size`, which has no sign, with that of x."""
    return _from_bits(_bits(size) | (_bits(x) & ~_SIZE))


@inlined_in_order
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + exp(-x))."""
    small = exp_below_0(-abs(x))
    return (small if x < _0 else _1) / (_1 + small)


@inlined_in_order
def erf(x: np.float32) -> np.float32:
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    size = abs(x)
    square = x * x
    p = (((_P[0] * square + _P[1]) * square + _P[2]) * square + _P[3]) * square + _P[4]
    p = (p * square + _P[5]) * square + _P[6]
    near = p * size + size
    cut = _ERF_FAR if size > _ERF_FAR else size
    q = (((_Q[0] * cut + _Q[1]) * cut + _Q[2]) * cut + _Q[3]) * cut + _Q[4]
    q = ((q * cut + _Q[5]) * cut + _Q[6]) * cut + _Q[7]
    far = _1 - exp_below_0(q * cut)
    return _signed(near if size < _ERF_NEAR else far, x)


@inlined_in_order
def cosine_and_sine(x: np.float32) -> tuple[np.float32, np.float32]:
    """Both of an angle of a few turns, at most 1000."""
    shifted = x * _2_PI + _ROUNDER
    n = shifted - _ROUNDER
    quarter = _bits(shifted) & np.int32(3)
    r = x - n * _PI_2[0] - n * _PI_2[1] - n * _PI_2[2]
    square = r * r
    sine = ((_S[0] * square + _S[1]) * square + _S[2]) * square * r + r
    cosine = ((_C[0] * square + _C[1]) * square + _C[2]) * square * square - _HALF * square + _1
    odd = (quarter & np.int32(1)) != 0
    first, second = (sine, cosine) if odd else (cosine, sine)
    first = -first if ((quarter + np.int32(1)) & np.int32(2)) != 0 else first
    return first, (-second if (quarter & np.int32(2)) != 0 else second)
