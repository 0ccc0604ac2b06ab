"""Activations: what stands between the layers of a network."""

from __future__ import annotations

import math

import numpy as np

from gradloom.ops.error_function import erf
from gradloom.ops.exponential import exp
from gradloom.ops.hyperbolic import tanh
from gradloom.ops.logistic import sigmoid
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.selection import where
from gradloom.ops.shapes import one_dim

_ANY = [sample(floats(3, 4)), sample(floats(5, low=-30.0, high=30.0))]
_KINKED = [sample(floats(3, 4, avoid=(0.0,)))]
_NORMAL_DENSITY_AT_0 = 1 / math.sqrt(2 * math.pi)
_TANH_SLOPE = math.sqrt(2 / math.pi)
_TANH_CUBIC = 0.044715

# Rectifiers


@op(samples=_KINKED, inplace=True)
def relu(input: Value) -> Value:
    """max(input, 0). Its gradient at 0 is 0."""
    return np.maximum(input, 0)


@relu.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * (raw(out) > 0)


@op(samples=[*_KINKED, sample(floats(3, 4, avoid=(0.0,)), 0.2)], meeting="float", inplace=True, method=False)
def leaky_relu(input: Value, negative_slope: float = 0.01) -> Value:
    """input where it is positive, negative_slope * input elsewhere (Maas et al., 2013)."""
    return np.where(input > 0, input, input * negative_slope)


@leaky_relu.gradient("input")
def _(grad: Value, input: Value, negative_slope: float) -> Value:
    return where(raw(input) > 0, grad, grad * negative_slope)


@op(samples=[*_KINKED, sample(floats(3, 4, avoid=(0.0,)), 1.7)], meeting="float", inplace=True, method=False)
def elu(input: Value, alpha: float = 1.0) -> Value:
    """input where it is positive, alpha * (exp(input) - 1) elsewhere (Clevert et al., 2016)."""
    return np.where(input > 0, input, alpha * np.expm1(np.minimum(input, 0)))


@elu.gradient("input")
def _(grad: Value, input: Value, out: Value, alpha: float) -> Value:
    return where(raw(input) > 0, grad, grad * (out + alpha))


# Smooth ones


@op(
    samples=[*_ANY, sample(floats(3, 4), 2.0), sample(floats(4, avoid=(0.5,)), 1.0, 0.5)],
    meeting="float",
    method=False,
)
def softplus(input: Value, beta: float = 1, threshold: float = 20) -> Value:
    """log(1 + exp(beta * input)) / beta, and just input where beta * input is above `threshold`."""
    scaled = input * beta
    smooth = (np.maximum(scaled, 0) + np.log1p(np.exp(-np.abs(scaled)))) / beta
    return np.where(scaled > threshold, input, smooth)


@softplus.gradient("input")
def _(grad: Value, input: Value, beta: float, threshold: float) -> Value:
    return where(raw(input) * beta > threshold, grad, grad * sigmoid(input * beta))


@op(samples=_ANY, meeting="float", inplace=True, method=False)
def silu(input: Value) -> Value:
    """input * sigmoid(input) (Elfwing et al., 2018)."""
    return input * sigmoid(input)


@silu.gradient("input")
def _(grad: Value, input: Value) -> Value:
    gate = sigmoid(input)
    return grad * (gate * (1.0 + input * (1.0 - gate)))


@op(samples=[*_ANY, sample(floats(3, 4), "tanh")], meeting="float", method=False)
def gelu(input: Value, approximate: str = "none") -> Value:
    """input times the standard normal distribution function of input (Hendrycks and Gimpel, 2016).

    With `approximate="tanh"` that function is 0.5 * (1 + tanh(sqrt(2 / pi) * (input + 0.044715 * input^3))).
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return input * (_normal_by_tanh(input) if approximate == "tanh" else _normal(input))


@gelu.gradient("input")
def _(grad: Value, input: Value, approximate: str) -> Value:
    if approximate == "none":
        density = exp(-0.5 * input * input) * _NORMAL_DENSITY_AT_0
        return grad * (_normal(input) + input * density)
    below = _normal_by_tanh(input)
    slope = 2.0 * below * (1.0 - below) * _TANH_SLOPE * (1.0 + 3.0 * _TANH_CUBIC * input * input)
    return grad * (below + input * slope)


def _normal(input: Value) -> Value:
    """The standard normal distribution function."""
    return 0.5 * (1.0 + erf(input * math.sqrt(0.5)))


def _normal_by_tanh(input: Value) -> Value:
    return 0.5 * (1.0 + tanh(_TANH_SLOPE * (input + _TANH_CUBIC * input * input * input)))


# Distributions over a dimension


@op(
    samples=[
        sample(floats(3, 4), 1),
        sample(floats(2, 3, 4), 0),
        sample(floats(4, low=-50.0, high=50.0), -1),
    ],
    meeting="float",
)
def softmax(input: Value, dim: int) -> Value:
    """exp(input) / sum(exp(input)) along `dim`: positive numbers that sum to 1."""
    axis = one_dim(dim, input.ndim)
    if not input.ndim:
        return np.ones_like(input)
    out = np.exp(input - input.max(axis=axis, keepdims=True))
    out /= out.sum(axis=axis, keepdims=True)
    return out


@softmax.gradient("input")
def _(grad: Value, out: Value, dim: int) -> Value:
    return out * (grad - (grad * out).sum(dim, keepdims=True))


@op(
    samples=[
        sample(floats(3, 4), 1),
        sample(floats(2, 3, 4), 0),
        sample(floats(4, low=-50.0, high=50.0), -1),
    ],
    meeting="float",
)
def log_softmax(input: Value, dim: int) -> Value:
    """input - log(sum(exp(input))) along `dim`, without overflow."""
    axis = one_dim(dim, input.ndim)
    if not input.ndim:
        return np.zeros_like(input)
    shifted = input - input.max(axis=axis, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return shifted


@log_softmax.gradient("input")
def _(grad: Value, out: Value, dim: int) -> Value:
    return grad - exp(out) * grad.sum(dim, keepdims=True)
