"""The error function and its relatives, which NumPy lacks.

Rational approximations from the Cephes library (S. L. Moshier, "Methods and Programs for Mathematical
Functions", 1989, ndtr.c), with a relative error near 1e-16 in double precision.
"""

from __future__ import annotations

import math

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.series import in_double, polynomial

# erf(x) = x * P(x^2) / Q(x^2) for |x| <= 1; highest power first.
_INNER_TOP = (
    9.60497373987051638749e0,
    9.00260197203842689217e1,
    2.23200534594684319226e3,
    7.00332514112805075473e3,
    5.55923013010394962768e4,
)
_INNER_BOTTOM = (
    1.0,
    3.35617141647503099647e1,
    5.21357949780152679795e2,
    4.59432382970980127987e3,
    2.26290000613890934246e4,
    4.92673942608635921086e4,
)
# 1 - erf(x) = exp(-x^2) * P(x) / Q(x) for 1 < x < 8; from 6 on erf is 1 to the last bit.
_OUTER_TOP = (
    2.46196981473530512524e-10,
    5.64189564831068821977e-1,
    7.46321056442269912687e0,
    4.86371970985681366614e1,
    1.96520832956077098242e2,
    5.26445194995477358631e2,
    9.34528527171957607540e2,
    1.02755188689515710272e3,
    5.57535335369399327526e2,
)
_OUTER_BOTTOM = (
    1.0,
    1.32281951154744992508e1,
    8.67072140885989742329e1,
    3.54937778887819891062e2,
    9.75708501743205489753e2,
    1.82390916687909736289e3,
    2.24633760818710981792e3,
    1.65666309194161350182e3,
    5.57535340817727675546e2,
)
# From 8 on, the same with P(x) / Q(x).
_FAR_TOP = (
    5.64189583547755073984e-1,
    1.27536670759978104416e0,
    5.01905042251180477414e0,
    6.16021097993053585195e0,
    7.40974269950448939160e0,
    2.97886665372100240670e0,
)
_FAR_BOTTOM = (
    1.0,
    2.26052863220117276590e0,
    9.39603524938001434673e0,
    1.20489539808096656605e1,
    1.70814450747565897222e1,
    9.60896809063285878198e0,
    3.36907645100081516050e0,
)
# The normal quantile at p = 1/2 + y for |y| <= 3/8 is sqrt(2 pi) (y + y^3 P(y^2) / Q(y^2)).
_CENTRE_TOP = (
    -5.99633501014107895267e1,
    9.80010754185999661536e1,
    -5.66762857469070293439e1,
    1.39312609387279679503e1,
    -1.23916583867381258016e0,
)
_CENTRE_BOTTOM = (
    1.00000000000000000000e0,
    1.95448858338141759834e0,
    4.67627912898881538453e0,
    8.63602421390890590575e1,
    -2.25462687854119370527e2,
    2.00260212380060660359e2,
    -8.20372256168333339912e1,
    1.59056225126211695515e1,
    -1.18331621121330003142e0,
)
# In the tail at z = sqrt(-2 log p): z - log(z) / z - P(1 / z) / (z Q(1 / z)), first for z < 8, then beyond.
_NEAR_TAIL_TOP = (
    4.05544892305962419923e0,
    3.15251094599893866154e1,
    5.71628192246421288162e1,
    4.40805073893200834700e1,
    1.46849561928858024014e1,
    2.18663306850790267539e0,
    -1.40256079171354495875e-1,
    -3.50424626827848203418e-2,
    -8.57456785154685413611e-4,
)
_NEAR_TAIL_BOTTOM = (
    1.00000000000000000000e0,
    1.57799883256466749731e1,
    4.53907635128879210584e1,
    4.13172038254672030440e1,
    1.50425385692907503408e1,
    2.50464946208309415979e0,
    -1.42182922854787788574e-1,
    -3.80806407691578277194e-2,
    -9.33259480895457427372e-4,
)
_FAR_TAIL_TOP = (
    3.23774891776946035970e0,
    6.91522889068984211695e0,
    3.93881025292474443415e0,
    1.33303460815807542389e0,
    2.01485389549179081538e-1,
    1.23716634817820021358e-2,
    3.01581553508235416007e-4,
    2.65806974686737550832e-6,
    6.23974539184983293730e-9,
)
_FAR_TAIL_BOTTOM = (
    1.00000000000000000000e0,
    6.02427039364742014255e0,
    3.67983563856160859403e0,
    1.37702099489081330271e0,
    2.16236993594496635890e-1,
    1.34204006088543189037e-2,
    3.28014464682127739104e-4,
    2.89247864745380683936e-6,
    6.79019408009981274425e-9,
)
_TAIL = math.exp(-2)


def erf(x: Array) -> Array:
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x, element by element."""
    # Both forms everywhere: cheaper than picking out where each applies.
    size = np.minimum(np.abs(x), 6.0)
    square = size * size
    near = size * polynomial(square, _INNER_TOP) / polynomial(square, _INNER_BOTTOM)
    tail = np.exp(-square) * polynomial(size, _OUTER_TOP) / polynomial(size, _OUTER_BOTTOM)
    return np.copysign(np.where(size <= 1.0, near, 1.0 - tail), x).astype(x.dtype, copy=False)


def _gaussian(x: Array) -> Array:
    """exp(-x^2), by a head of x whose square is exact, since what a square rounds off counts here."""
    head = np.round(x * 16) / 16
    return np.exp(-head * head) * np.exp((head - x) * (head + x))


def _scaled_tail(x: Array) -> Array:
    """exp(x^2) erfc(x) for x >= 1."""
    near = polynomial(x, _OUTER_TOP) / polynomial(x, _OUTER_BOTTOM)
    inverse = 1 / x
    top, bottom = (polynomial(inverse, row[::-1]) for row in (_FAR_TOP, _FAR_BOTTOM))
    return np.where(x < 8, near, inverse * top / bottom)


@in_double
def erfc(x: Array) -> Array:
    """1 - erf(x), accurate where erf is near 1."""
    size = np.abs(x)
    tail = _gaussian(np.minimum(size, 40)) * _scaled_tail(np.maximum(size, 1))
    return np.where(size < 1, 1 - erf(x), np.where(x < 0, 2 - tail, tail))


@in_double
def erfcx(x: Array) -> Array:
    """exp(x^2) erfc(x), which neither overflows nor vanishes for large x."""
    near = np.exp(x * x) * (1 - erf(x))
    tail = _scaled_tail(np.maximum(np.abs(x), 1))
    return np.where(np.abs(x) < 1, near, np.where(x < 0, 2 * np.exp(x * x) - tail, tail))


def _quantile_near_half(offset: Array) -> Array:
    square = offset * offset
    cubic = square * polynomial(square, _CENTRE_TOP) / polynomial(square, _CENTRE_BOTTOM)
    return math.sqrt(2 * math.pi) * (offset + offset * cubic)


def _quantile_in_tail(p: Array) -> Array:
    """The negative quantile of a p below exp(-2)."""
    z = np.sqrt(-2 * np.log(p))
    inverse = 1 / z
    near = polynomial(inverse, _NEAR_TAIL_TOP) / polynomial(inverse, _NEAR_TAIL_BOTTOM)
    far = polynomial(inverse, _FAR_TAIL_TOP) / polynomial(inverse, _FAR_TAIL_BOTTOM)
    quantile = np.log(z) / z - z + inverse * np.where(z < 8, near, far)
    return np.where(p == 0, -np.inf, quantile)


@in_double
def ndtri(p: Array) -> Array:
    """The normal quantile: where the distribution function is p; nan outside [0, 1]."""
    tail = np.where(p > 0.5, -_quantile_in_tail(1 - p), _quantile_in_tail(p))
    return np.where(np.abs(p - 0.5) <= 0.5 - _TAIL, _quantile_near_half(p - 0.5), tail)


@in_double
def erfinv(y: Array) -> Array:
    """Where erf is y; nan outside [-1, 1]."""
    tail = np.copysign(_quantile_in_tail((1 - np.abs(y)) / 2), y)
    quantile = np.where(np.abs(y) <= 1 - 2 * _TAIL, _quantile_near_half(y / 2), tail)
    return quantile * math.sqrt(0.5)


@in_double
def log_ndtr(x: Array) -> Array:
    """The logarithm of the normal distribution function, also where that vanishes."""
    scaled = x * math.sqrt(0.5)
    low = np.log(erfcx(-scaled) / 2) - scaled * scaled
    return np.where(x < -1, low, np.log1p(-erfc(scaled) / 2))
