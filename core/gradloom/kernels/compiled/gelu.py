"""GELU in one pass over memory: see `kernels/gelu.py`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.kernels import gelu as reference
from gradloom.kernels.compiled.crew import indices, shared
from gradloom.kernels.compiled.elementary import exp_below_0, sigmoid
from gradloom.kernels.compiled.jit import inlined
from gradloom.kernels.compiled.pointwise import EXPONENTIAL, over

Array = np.ndarray[Any, Any]

_C = reference.COEFFICIENTS
_DENSITY_AT_0 = reference.DENSITY_AT_0
_HALF, _1, _3 = np.float32(0.5), np.float32(1), np.float32(3)
_EIGHTH_ROOT = np.float32(math.sqrt(0.125))
_STEEP, _CUBIC = np.float32(2 * reference.TANH_SLOPE), np.float32(reference.TANH_CUBIC)


@inlined
def _below(x: Any, exponential: Any) -> Any:
    """The normal distribution function, given exp(-x^2 / 2)."""
    t = _1 / (abs(x) * _EIGHTH_ROOT + _1)
    p = (((_C[0] * t + _C[1]) * t + _C[2]) * t + _C[3]) * t + _C[4]
    tail = ((((p * t + _C[5]) * t + _C[6]) * t + _C[7]) * t + _C[8]) * t * exponential
    return tail if x < 0 else _1 - tail


def gelu(x: Array, into: Array | None = None) -> Array:
    return over(_gelu, EXPONENTIAL, x, into=into)


@shared
def _gelu(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = x[i] * _below(x[i], exp_below_0(-_HALF * x[i] * x[i]))


def gelu_backward(grad: Array, x: Array, into: Array | None = None) -> Array:
    return over(_gelu_backward, EXPONENTIAL, grad, x, into=into)


@shared
def _gelu_backward(grad: Array, x: Array, back: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        exponential = exp_below_0(-_HALF * x[i] * x[i])
        back[i] = grad[i] * (_below(x[i], exponential) + x[i] * exponential * _DENSITY_AT_0)


def gelu_by_tanh(x: Array, into: Array | None = None) -> Array:
    return over(_gelu_by_tanh, EXPONENTIAL, x, into=into)


@shared
def _gelu_by_tanh(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = x[i] * sigmoid(_STEEP * (x[i] + _CUBIC * x[i] * x[i] * x[i]))


def gelu_by_tanh_backward(grad: Array, x: Array, into: Array | None = None) -> Array:
    return over(_gelu_by_tanh_backward, EXPONENTIAL, grad, x, into=into)


@shared
def _gelu_by_tanh_backward(grad: Array, x: Array, back: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        square = x[i] * x[i]
        below = sigmoid(_STEEP * (x[i] + _CUBIC * square * x[i]))
        steepness = below * (_1 - below) * _STEEP * (_1 + _3 * _CUBIC * square)
        back[i] = grad[i] * (below + x[i] * steepness)
