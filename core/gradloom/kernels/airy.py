"""Airy's function Ai.

Rational approximations from the Cephes library (S. L. Moshier, "Methods and Programs for Mathematical
Functions", 1989, airy.c), between them Maclaurin's series (https://dlmf.nist.gov/9.4.E1).
"""

from __future__ import annotations

import math

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.series import in_double, polynomial

# Above 2.09, in 1 / zeta with zeta = 2/3 x^(3/2).
_DECAY = (
    3.46538101525629032477e-01,
    1.20075952739645805542e01,
    7.62796053615234516538e01,
    1.68089224934630576269e02,
    1.59756391350164413639e02,
    7.05360906840444183113e01,
    1.40264691163389668864e01,
    9.99999999999999995305e-01,
)
_DECAY_BELOW = (
    5.67594532638770212846e-01,
    1.47562562584847203173e01,
    8.45138970141474626562e01,
    1.77318088145400459522e02,
    1.64234692871529701831e02,
    7.14778400825575695274e01,
    1.40959135607834029598e01,
    1.00000000000000000470e00,
)
# Below -2.09, in 1 / zeta^2, of the sine and of the cosine.
_SINE = (
    -1.31696323418331795333e-01,
    -6.26456544431912369773e-01,
    -6.93158036036933542233e-01,
    -2.79779981545119124951e-01,
    -4.91900132609500318020e-02,
    -4.06265923594885404393e-03,
    -1.59276496239262096340e-04,
    -2.77649108155232920844e-06,
    -1.67787698489114633780e-08,
)
_SINE_BELOW = (
    1.0,
    1.33560420706553243746e01,
    3.26825032795224613948e01,
    2.67367040941499554804e01,
    9.18707402907259625840e00,
    1.47529146771666414581e00,
    1.15687173795188044134e-01,
    4.40291641615211203805e-03,
    7.54720348287414296618e-05,
    4.51850092970580378464e-07,
)
_COSINE = (
    1.97339932091685679179e-02,
    3.91103029615688277255e-01,
    1.06579897599595591108e00,
    9.39169229816650230044e-01,
    3.51465656105547619242e-01,
    6.33888919628925490927e-02,
    5.85804113048388458567e-03,
    2.82851600836737019778e-04,
    6.98793669997260967291e-06,
    8.11789239554389293311e-08,
    3.41551784765923618484e-10,
)
_COSINE_BELOW = (
    1.0,
    9.30892908077441974853e00,
    1.98352928718312140417e01,
    1.55646628932864612953e01,
    5.47686069422975497931e00,
    9.54293611618961883998e-01,
    8.64580826352392193095e-02,
    4.12656523824222607191e-03,
    1.01259085116509135510e-04,
    1.17166733214413521882e-06,
    4.91834570062930015649e-09,
)
_AT_0 = 0.355028053887817239260
_SLOPE_AT_0 = -0.258819403792806798405


@in_double
def airy_ai(x: Array) -> Array:
    """The solution of y'' = x y that vanishes for large x; nan for infinite ones."""
    size = np.abs(x)
    inverse = 1 / (2 / 3 * size * np.sqrt(size))
    root = 1 / (math.sqrt(math.pi) * np.sqrt(np.sqrt(size)))
    decay = root / 2 * np.exp(-1 / inverse) * _ratio(inverse, _DECAY, _DECAY_BELOW)
    square = inverse * inverse
    phase = 1 / inverse + math.pi / 4
    sine = np.sin(phase) * (1 + square * _ratio(square, _SINE, _SINE_BELOW))
    cosine = np.cos(phase) * inverse * _ratio(square, _COSINE, _COSINE_BELOW)
    middle = _maclaurin(np.clip(x, -2.09, 2.09))
    outside = np.where(x > 0, decay, root * (sine - cosine))
    return np.where(np.isinf(x), np.nan, np.where(size < 2.09, middle, outside))


def _ratio(x: Array, top: tuple[float, ...], bottom: tuple[float, ...]) -> Array:
    return polynomial(x, top) / polynomial(x, bottom)


def _maclaurin(x: Array) -> Array:
    cube = x * x * x
    first, second = np.full_like(x, _AT_0), _SLOPE_AT_0 * x
    total = first + second
    for k in range(2, 48, 3):
        first, second = first * cube / (k * (k + 1)), second * cube / ((k + 1) * (k + 2))
        total += first + second
    return total
