"""The inverse of the error function, element by element."""

from __future__ import annotations

import math

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.erf import erf as erf_kernel
from gradloom.ops.exponential import exp
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample

_NEWTON_STEPS = 3


@op(samples=[sample(floats(3, 4, low=-0.95, high=0.95))], meeting="float", inplace=True)
def erfinv(input: Value) -> Value:
    """The number whose `erf` is x; infinite at -1 and 1, nan beyond."""
    return _inverse(np.asarray(input, np.float64)).astype(input.dtype)


def _inverse(y: Array) -> Array:
    """Newton's method from an approximation (S. Winitzki, "A handy approximation for the error function")."""
    with np.errstate(all="ignore"):
        outer = np.log1p(-y * y)
        part = 2 / (math.pi * 0.147) + outer / 2
        x = np.copysign(np.sqrt(np.sqrt(part * part - outer / 0.147) - part), y)
        for _ in range(_NEWTON_STEPS):
            step = (erf_kernel(x) - y) * (math.sqrt(math.pi) / 2) * np.exp(x * x)
            x = x - np.where(np.isfinite(step), step / (1 + x * step), 0.0)
        return np.asarray(np.where(np.abs(y) == 1, np.copysign(np.inf, y), x))


@erfinv.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * (math.sqrt(math.pi) / 2) * exp(out * out)
