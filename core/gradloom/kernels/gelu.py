"""GELU (Hendrycks and Gimpel, 2016) in single precision: x times the normal distribution function Phi(x).

The function's tail is exp(-x^2 / 2) times a slowly falling factor, for which stands a polynomial in
t = 2 / (2 + |x| / sqrt(2)), our own fit (least squares weighted towards the largest relative error, 5e-8 over
ten standard deviations). The exponential serves the derivative too.
The gradient computes all of it anew, which takes no longer than to keep and read a derivative.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.activations import sigmoid
from gradloom.kernels.blocks import in_blocks
from gradloom.kernels.counterpart import compiled, floats_with_gradient

Array: TypeAlias = npt.NDArray[Any]

TANH_SLOPE = math.sqrt(2 / math.pi)
TANH_CUBIC = 0.044715
"""Of the form by tanh: Phi(x) near 0.5 * (1 + tanh(slope * (x + cubic * x^3)))."""

_LARGE = np.float32(1e30)
DENSITY_AT_0 = np.float32(1 / math.sqrt(2 * math.pi))
COEFFICIENTS = (
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


@compiled()
def gelu(x: Array) -> Array:
    """x * Phi(x), for float32."""
    out = np.empty(x.shape, x.dtype)
    flat, flat_out = np.ascontiguousarray(x).reshape(-1), out.reshape(-1)

    def run(part: slice) -> None:
        here = flat[part]
        np.multiply(here, _below(here, _exponential(here)), out=flat_out[part])

    in_blocks(run, flat.size, each=2 * flat.itemsize)
    return out


@compiled(when=floats_with_gradient)
def gelu_backward(grad: Array, x: Array) -> Array:
    """The gradient of x, given that of its GELU: times Phi(x) + x * phi(x), for float32."""
    back = np.empty(x.shape, x.dtype)
    flat, flat_grad = np.ascontiguousarray(x).reshape(-1), np.ascontiguousarray(grad).reshape(-1)
    flat_back = back.reshape(-1)

    def run(part: slice) -> None:
        here = flat[part]
        exponential = _exponential(here)
        slope = _below(here, exponential)
        exponential *= DENSITY_AT_0
        exponential *= here
        slope += exponential
        np.multiply(slope, flat_grad[part], out=flat_back[part])

    in_blocks(run, flat.size, each=2 * flat.itemsize)
    return back


def _exponential(x: Array) -> Array:
    """exp(-x^2 / 2)."""
    out = np.multiply(x, x)
    out *= np.float32(-0.5)
    return np.exp(out, out=out)


def _below(x: Array, exponential: Array) -> Array:
    """Phi(x), given exp(-x^2 / 2)."""
    t = np.abs(x)
    t *= np.float32(math.sqrt(0.125))
    t += np.float32(1)
    np.reciprocal(t, out=t)
    tail = t * COEFFICIENTS[0]
    for coefficient in COEFFICIENTS[1:]:
        tail += coefficient
        tail *= t
    tail *= exponential
    # Phi is the tail below zero and 1 - tail above.
    step = np.multiply(x, _LARGE, out=t)
    np.clip(step, 0, 1, out=step)
    step -= tail
    return np.abs(step, out=step)


@compiled()
def gelu_by_tanh(x: Array) -> Array:
    """x * Phi(x) with Phi by tanh, which is the same as by a sigmoid of twice as much."""
    return x * _by_tanh(x)


@compiled(when=floats_with_gradient)
def gelu_by_tanh_backward(grad: Array, x: Array) -> Array:
    """The gradient of x, given that of its `gelu_by_tanh`."""
    below = _by_tanh(x)
    steepness = 2.0 * below * (1.0 - below) * TANH_SLOPE * (1.0 + 3.0 * TANH_CUBIC * x * x)
    return grad * (below + x * steepness)


def _by_tanh(x: Array) -> Array:
    return sigmoid(2.0 * TANH_SLOPE * (x + TANH_CUBIC * x * x * x))
