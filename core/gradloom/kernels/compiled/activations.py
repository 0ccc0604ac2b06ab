"""Activations in one pass over memory each: see `kernels/activations.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled import elementary
from gradloom.kernels.compiled.crew import indices, shared
from gradloom.kernels.compiled.pointwise import EXPONENTIAL, PASS, over

Array = np.ndarray[Any, Any]

_0, _1 = np.float32(0), np.float32(1)


def relu(x: Array, into: Array | None = None) -> Array:
    return over(_relu, PASS, x, into=into)


@shared
def _relu(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = _0 if x[i] <= _0 else x[i]


def relu_backward(grad: Array, out: Array, into: Array | None = None) -> Array:
    return over(_relu_backward, PASS, grad, out, into=into)


@shared
def _relu_backward(grad: Array, out: Array, back: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        back[i] = _0 if out[i] == _0 else grad[i]


def leaky_relu(x: Array, slope: float) -> Array:
    return over(_leaky_relu, PASS, x, settings=(slope,))


@shared
def _leaky_relu(x: Array, out: Array, slope: Any, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = x[i] if x[i] > _0 else x[i] * slope


def leaky_relu_backward(grad: Array, x: Array, slope: float) -> Array:
    return over(_leaky_relu_backward, PASS, grad, x, settings=(slope,))


@shared
def _leaky_relu_backward(grad: Array, x: Array, back: Array, slope: Any, start: int, stop: int) -> None:
    for i in indices(start, stop):
        back[i] = grad[i] if x[i] > _0 else grad[i] * slope


def sigmoid(x: Array, into: Array | None = None) -> Array:
    return over(_sigmoid, EXPONENTIAL, x, into=into)


@shared
def _sigmoid(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = elementary.sigmoid(x[i])


def sigmoid_backward(grad: Array, out: Array, into: Array | None = None) -> Array:
    return over(_sigmoid_backward, PASS, grad, out, into=into)


@shared
def _sigmoid_backward(grad: Array, out: Array, back: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        back[i] = grad[i] * (out[i] * (_1 - out[i]))


def tanh(x: Array, into: Array | None = None) -> Array:
    return over(_tanh, EXPONENTIAL, x, into=into)


@shared
def _tanh(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = elementary.tanh(x[i])


def tanh_backward(grad: Array, out: Array, into: Array | None = None) -> Array:
    return over(_tanh_backward, PASS, grad, out, into=into)


@shared
def _tanh_backward(grad: Array, out: Array, back: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        back[i] = grad[i] * (_1 - out[i] * out[i])


def silu(x: Array, into: Array | None = None) -> Array:
    return over(_silu, EXPONENTIAL, x, into=into)


@shared
def _silu(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = x[i] * elementary.sigmoid(x[i])


def silu_backward(grad: Array, x: Array, into: Array | None = None) -> Array:
    return over(_silu_backward, EXPONENTIAL, grad, x, into=into)


@shared
def _silu_backward(grad: Array, x: Array, back: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        gate = elementary.sigmoid(x[i])
        back[i] = grad[i] * (gate * (_1 + x[i] * (_1 - gate)))


def clamp(x: Array, low: float | None, high: float | None) -> Array:
    bounds = -np.inf if low is None else low, np.inf if high is None else high
    return over(_clamp, PASS, x, settings=bounds)


@shared
def _clamp(x: Array, out: Array, low: Any, high: Any, start: int, stop: int) -> None:
    for i in indices(start, stop):
        bounded = low if low > x[i] or low != low else x[i]  # NaN as a bound wins, as an element stays
        out[i] = high if high < bounded or high != high else bounded


def sign(x: Array) -> Array:
    return over(_sign, PASS, x)


@shared
def _sign(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = np.float32(x[i] > _0) - np.float32(x[i] < _0)


def softplus(x: Array, beta: float, threshold: float) -> Array:
    return over(_softplus, 2 * EXPONENTIAL, x, settings=(beta, threshold))


@shared
def _softplus(x: Array, out: Array, beta: Any, threshold: Any, start: int, stop: int) -> None:
    for i in indices(start, stop):
        scaled = x[i] * beta
        above = _0 if scaled <= _0 else scaled
        smooth = (above + elementary.log1p(elementary.exp(-abs(scaled)))) / beta
        out[i] = x[i] if scaled > threshold else smooth


def softplus_backward(grad: Array, x: Array, beta: float, threshold: float) -> Array:
    return over(_softplus_backward, EXPONENTIAL, grad, x, settings=(beta, threshold))


@shared
def _softplus_backward(
    grad: Array, x: Array, back: Array, beta: Any, threshold: Any, start: int, stop: int
) -> None:
    for i in indices(start, stop):
        scaled = x[i] * beta
        back[i] = grad[i] if scaled > threshold else grad[i] * elementary.sigmoid(scaled)


def exp(x: Array, into: Array | None = None) -> Array:
    return over(_exp, EXPONENTIAL, x, into=into)


@shared
def _exp(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = elementary.exp(x[i])


def log(x: Array, into: Array | None = None) -> Array:
    return over(_log, EXPONENTIAL, x, into=into)


@shared
def _log(x: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = elementary.log(x[i])
