"""Bessel functions of orders 0 and 1.

Rational approximations from the Cephes library (S. L. Moshier, "Methods and Programs for Mathematical
Functions", 1989, j0.c and j1.c): one up to 5, beyond it modulus and phase as in https://dlmf.nist.gov/10.17.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.series import in_double, polynomial

_Row = Sequence[float]

# Order 0: far from 0, with 5 / x: the even part P / Q, the odd part, and near 0 what they multiply.
_EVEN_0 = (
    7.96936729297347051624e-04,
    8.28352392107440799803e-02,
    1.23953371646414299388e00,
    5.44725003058768775090e00,
    8.74716500199817011941e00,
    5.30324038235394892183e00,
    9.99999999999999997821e-01,
)
_EVEN_BELOW_0 = (
    9.24408810558863637013e-04,
    8.56288474354474431428e-02,
    1.25352743901058953537e00,
    5.47097740330417105182e00,
    8.76190883237069594232e00,
    5.30605288235394617618e00,
    1.00000000000000000218e00,
)
_ODD_0 = (
    -1.13663838898469149931e-02,
    -1.28252718670509318512e00,
    -1.95539544257735972385e01,
    -9.32060152123768231369e01,
    -1.77681167980488050595e02,
    -1.47077505154951170175e02,
    -5.14105326766599330220e01,
    -6.05014350600728481186e00,
)
_ODD_BELOW_0 = (
    1.0,
    6.43178256118178023184e01,
    8.56430025976980587198e02,
    3.88240183605401609683e03,
    7.24046774195652478189e03,
    5.93072701187316984827e03,
    2.06209331660327847417e03,
    2.42005740240291393179e02,
)
_NEAR_0 = (
    -4.79443220978201773821e09,
    1.95617491946556577543e12,
    -2.49248344360967716204e14,
    9.70862251047306323952e15,
)
_NEAR_BELOW_0 = (
    1.0,
    4.99563147152651017219e02,
    1.73785401676374683123e05,
    4.84409658339962045305e07,
    1.11855537045356834862e10,
    2.11277520115489217587e12,
    3.10518229857422583814e14,
    3.18121955943204943306e16,
    1.71086294081043136091e18,
)
_SECOND_0 = (
    1.55924367855235737965e04,
    -1.46639295903971606143e07,
    5.43526477051876500413e09,
    -9.82136065717911466409e11,
    8.75906394395366999549e13,
    -3.46628303384729719441e15,
    4.42733268572569800351e16,
    -1.84950800436986690637e16,
)
_SECOND_BELOW_0 = (
    1.0,
    1.04128353664259848412e03,
    6.26107330137134956842e05,
    2.68919633393814121987e08,
    8.64002487103935000337e10,
    2.02979612750105546709e13,
    3.17157752842975028269e15,
    2.50596256172653059228e17,
)
# Order 1: far from 0, with 5 / x: the even part P / Q, the odd part, and near 0 what they multiply.
_EVEN_1 = (
    7.62125616208173112003e-04,
    7.31397056940917570436e-02,
    1.12719608129684925192e00,
    5.11207951146807644818e00,
    8.42404590141772420927e00,
    5.21451598682361504063e00,
    1.00000000000000000254e00,
)
_EVEN_BELOW_1 = (
    5.71323128072548699714e-04,
    6.88455908754495404082e-02,
    1.10514232634061696926e00,
    5.07386386128601488557e00,
    8.39985554327604159757e00,
    5.20982848682361821619e00,
    9.99999999999999997461e-01,
)
_ODD_1 = (
    5.10862594750176621635e-02,
    4.98213872951233449420e00,
    7.58238284132545283818e01,
    3.66779609360150777800e02,
    7.10856304998926107277e02,
    5.97489612400613639965e02,
    2.11688757100572135698e02,
    2.52070205858023719784e01,
)
_ODD_BELOW_1 = (
    1.0,
    7.42373277035675149943e01,
    1.05644886038262816351e03,
    4.98641058337653607651e03,
    9.56231892404756170795e03,
    7.99704160447350683650e03,
    2.82619278517639096600e03,
    3.36093607810698293419e02,
)
_NEAR_1 = (
    -8.99971225705559398224e08,
    4.52228297998194034323e11,
    -7.27494245221818276015e13,
    3.68295732863852883286e15,
)
_NEAR_BELOW_1 = (
    1.0,
    6.20836478118054335476e02,
    2.56987256757748830383e05,
    8.35146791431949253037e07,
    2.21511595479792499675e10,
    4.74914122079991414898e12,
    7.84369607876235854894e14,
    8.95222336184627338078e16,
    5.32278620332680085395e18,
)
_SECOND_1 = (
    1.26320474790178026440e09,
    -6.47355876379160291031e11,
    1.14509511541823727583e14,
    -8.12770255501325109621e15,
    2.02439475713594898196e17,
    -7.78877196265950026825e17,
)
_SECOND_BELOW_1 = (
    1.0,
    5.94301592346128195359e02,
    2.35564092943068577943e05,
    7.34811944459721705660e07,
    1.87601316108706159478e10,
    3.88231277496238566008e12,
    6.20557727146953693363e14,
    6.87141087355300489866e16,
    3.97270608116560655612e18,
)
_ZEROS_0 = (5.78318596294678452118, 30.4712623436620863991)
_ZEROS_1 = (14.6819706421238932572, 49.2184563216946036703)
"""The squares of the first two positive zeros."""


def _ratio(x: Array, top: _Row, bottom: _Row) -> Array:
    return polynomial(x, top) / polynomial(x, bottom)


def _waves(x: Array, order: int) -> tuple[Array, Array, Array, Array]:
    """For x > 5 the even and the odd part with their size, and cosine and sine of the phase."""
    small = 5 / x
    rows = (
        (_EVEN_0, _EVEN_BELOW_0, _ODD_0, _ODD_BELOW_0),
        (_EVEN_1, _EVEN_BELOW_1, _ODD_1, _ODD_BELOW_1),
    )[order]
    size = math.sqrt(2 / math.pi) / np.sqrt(x)
    phase = x - (2 * order + 1) * math.pi / 4
    even = _ratio(small * small, *rows[:2]) * size
    odd = small * _ratio(small * small, *rows[2:]) * size
    return even, odd, np.cos(phase), np.sin(phase)


def _near(square: Array, top: _Row, bottom: _Row, zeros: Sequence[float]) -> Array:
    return (square - zeros[0]) * (square - zeros[1]) * _ratio(square, top, bottom)


@in_double
def j0(x: Array) -> Array:
    """The Bessel function of the first kind of order 0."""
    size = np.abs(x)
    even, odd, cosine, sine = _waves(size, 0)
    near = _near(x * x, _NEAR_0, _NEAR_BELOW_0, _ZEROS_0)
    near = np.where(size < 1e-5, 1 - x * x / 4, near)
    return np.where(size <= 5, near, even * cosine - odd * sine)


@in_double
def j1(x: Array) -> Array:
    """The Bessel function of the first kind of order 1."""
    size = np.abs(x)
    even, odd, cosine, sine = _waves(size, 1)
    near = x * _near(x * x, _NEAR_1, _NEAR_BELOW_1, _ZEROS_1)
    return np.where(size <= 5, near, np.sign(x) * (even * cosine - odd * sine))


@in_double
def y0(x: Array) -> Array:
    """The Bessel function of the second kind of order 0; -inf at 0, nan below."""
    even, odd, cosine, sine = _waves(x, 0)
    near = _ratio(x * x, _SECOND_0, _SECOND_BELOW_0) + 2 / math.pi * np.log(x) * j0(x)
    return _from_0_on(x, np.where(x <= 5, near, even * sine + odd * cosine))


@in_double
def y1(x: Array) -> Array:
    """The Bessel function of the second kind of order 1; -inf at 0, nan below."""
    even, odd, cosine, sine = _waves(x, 1)
    near = x * _ratio(x * x, _SECOND_1, _SECOND_BELOW_1) + 2 / math.pi * (np.log(x) * j1(x) - 1 / x)
    return _from_0_on(x, np.where(x <= 5, near, even * sine + odd * cosine))


def _from_0_on(x: Array, values: Array) -> Array:
    return np.where(x == 0, -np.inf, np.where(x < 0, np.nan, values))


@in_double
def spherical_j0(x: Array) -> Array:
    """sin(x) / x (DLMF 10.49.3)."""
    return np.where(np.isinf(x), 0, np.where(x == 0, 1, np.sin(x) / x))
