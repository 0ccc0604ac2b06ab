"""GELU (Hendrycks and Gimpel, 2016) in single precision: x times the normal distribution function Phi(x).

The function's tail is exp(-x^2 / 2) times a slowly falling factor, for which stands a polynomial in
t = 2 / (2 + |x| / sqrt(2)), our own fit (least squares weighted towards the largest relative error, 5e-8 over
ten standard deviations). The exponential serves the derivative too.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.blocks import in_blocks

Array: TypeAlias = npt.NDArray[Any]

_LARGE = np.float32(1e30)
_DENSITY_AT_0 = np.float32(1 / math.sqrt(2 * math.pi))
_COEFFICIENTS = (
    np.float32(-0.0295344948),
    np.float32(0.14228755),
    np.float32(-0.243600084),
    np.float32(0.139033725),
    np.float32(-0.0133129274),
    np.float32(0.101343472),
    np.float32(0.121551872),
    np.float32(0.141187655),
    np.float32(0.141043209),
)


def gelu(x: Array) -> tuple[Array, Array]:
    """x * Phi(x) and its derivative, Phi(x) + x * phi(x), for float32."""
    out, slope = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
    flat = np.ascontiguousarray(x).reshape(-1)
    flat_out, flat_slope = out.reshape(-1), slope.reshape(-1)

    def run(part: slice) -> None:
        _block(flat[part], flat_out[part], flat_slope[part])

    in_blocks(run, flat.size, each=2 * flat.itemsize)
    return out, slope


def _block(x: Array, out: Array, slope: Array) -> None:
    t = np.abs(x)
    t *= np.float32(math.sqrt(0.125))
    t += np.float32(1)
    np.reciprocal(t, out=t)
    exponential = np.multiply(x, x, out=slope)
    exponential *= np.float32(-0.5)
    np.exp(exponential, out=exponential)
    tail = np.multiply(t, _COEFFICIENTS[0], out=out)
    for coefficient in _COEFFICIENTS[1:]:
        tail += coefficient
        tail *= t
    tail *= exponential
    # Phi is the tail below zero and 1 - tail above, so x * Phi is max(x, 0) - |x| * tail.
    step = np.multiply(x, _LARGE, out=t)
    np.clip(step, 0, 1, out=step)
    step -= tail
    np.abs(step, out=step)
    exponential *= _DENSITY_AT_0
    exponential *= x
    slope += step
    np.multiply(x, step, out=out)
