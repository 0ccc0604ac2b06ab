"""Smooth activations, gates, and scores as distributions."""

from __future__ import annotations

import math

import numpy as np

from gradloom.dtypes import DIFFERENTIABLE, Array, float64, get_default_dtype
from gradloom.dtypes import dtype as DType
from gradloom.kernels import activations, rows
from gradloom.kernels import gelu as kernel
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.elementwise.exponential import exp
from gradloom.ops.elementwise.hyperbolic import tanh
from gradloom.ops.elementwise.logistic import sigmoid
from gradloom.ops.elementwise.signs import abs  # noqa: A004
from gradloom.ops.movement.joining import cat
from gradloom.ops.movement.selection import where
from gradloom.ops.movement.slicing import chunk
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import one_dim, shaped
from gradloom.ops.special.error_function import erf

_ANY = [sample(floats(3, 4)), sample(floats(5, low=-30.0, high=30.0))]
_NORMAL_DENSITY_AT_0 = 1 / math.sqrt(2 * math.pi)

# Smooth ones


@op(
    samples=[*_ANY, sample(floats(3, 4), 2.0), sample(floats(4, avoid=(0.5,)), 1.0, 0.5)],
    meeting="float",
    method=False,
)
def softplus(input: Value, beta: float = 1, threshold: float = 20) -> Value:
    """log(1 + exp(beta * input)) / beta, and just input where beta * input is above `threshold`."""
    return activations.softplus(input, beta, threshold)


@softplus.gradient("input")
def _(grad: Value, input: Value, beta: float, threshold: float) -> Value:
    if type(grad) is np.ndarray:
        return activations.softplus_backward(grad, input, beta, threshold)
    return where(raw(input) * beta > threshold, grad, grad * sigmoid(input * beta))


@op(samples=_ANY, meeting="float", inplace=True, method=False)
def silu(input: Value) -> Value:
    """input * sigmoid(input) (Elfwing et al., 2018)."""
    return activations.silu(input)


@silu.gradient("input")
def _(grad: Value, input: Value) -> Value:
    if type(grad) is np.ndarray:
        return activations.silu_backward(grad, input)
    gate = sigmoid(input)
    return grad * conjugate(gate * (1.0 + input * (1.0 - gate)))


@op(samples=[*_ANY, sample(floats(3, 4), "tanh")], meeting="float", method=False)
def gelu(input: Value, approximate: str = "none") -> Value:
    """input times the standard normal distribution function of input (Hendrycks and Gimpel, 2016).

    With `approximate="tanh"` that function is 0.5 * (1 + tanh(sqrt(2 / pi) * (input + 0.044715 * input^3))).
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    if approximate == "tanh":
        return kernel.gelu_by_tanh(input)
    if input.dtype == np.float32:
        return kernel.gelu(input)
    return input * _normal(input)


@gelu.gradient("input")
def _(grad: Array, input: Array, approximate: str) -> Array:
    if approximate == "tanh":
        return kernel.gelu_by_tanh_backward(grad, input)
    if input.dtype == np.float32:
        return kernel.gelu_backward(grad, input)
    density = np.exp(-0.5 * input * input) * _NORMAL_DENSITY_AT_0
    return np.asarray(grad * (_normal(input) + input * density))


@gelu.composed
def _(input: Value, approximate: str) -> Value:
    return input * (_normal_by_tanh(input) if approximate == "tanh" else _normal(input))


def _normal(input: Value) -> Value:
    """The standard normal distribution function."""
    return 0.5 * (1.0 + erf(input * math.sqrt(0.5)))


def _normal_by_tanh(input: Value) -> Value:
    return 0.5 * (1.0 + tanh(kernel.TANH_SLOPE * (input + kernel.TANH_CUBIC * input * input * input)))


@op(samples=_ANY, meeting="float", inplace=True, method=False)
def mish(input: Value) -> Value:
    """input * tanh(softplus(input)) (Misra, 2019)."""
    return input * activations.tanh(activations.softplus(input, 1, 20))


@mish.gradient("input")
def _(grad: Value, input: Value) -> Value:
    gate = tanh(softplus(input))
    return grad * (gate + input * sigmoid(input) * (1 - gate * gate))


@op(samples=_ANY, meeting="float", method=False)
def logsigmoid(input: Value) -> Value:
    """log(sigmoid(input)), without overflow."""
    return np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input)))


@logsigmoid.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * sigmoid(-input)


@composite(samples=_ANY, method=False)
def tanhshrink(input: Value) -> Value:
    """input - tanh(input)."""
    return input - tanh(input)


@composite(samples=[sample(floats(3, 4, avoid=(0.0,)))], method=False)
def softsign(input: Value) -> Value:
    """input / (1 + |input|)."""
    return input / (abs(input) + 1)


@composite(samples=[sample(floats(3, 4)), sample(floats(4, 3), 0)], method=False)
def glu(input: Value, dim: int = -1) -> Value:
    """The first half along `dim` times the sigmoid of the second (Dauphin et al., 2017)."""
    if not input.ndim:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    at = one_dim(dim, input.ndim)
    if input.shape[at] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {at} is size {input.shape[at]}")
    return gated(input, at)


@op(samples=[sample(floats(3, 4), 1), sample(floats(4, 3), 0)], meeting="float", method=False)
def gated(input: Value, dim: int) -> Value:
    """The first half along `dim` times the sigmoid of the second."""
    values, gates = np.split(input, 2, dim)
    return values * activations.sigmoid(np.ascontiguousarray(gates))


@gated.gradient("input")
def _(grad: Value, input: Value, dim: int) -> Value:
    values, gates = chunk(input, 2, dim)
    open_ = sigmoid(gates)
    to_values = grad * open_
    return cat([to_values, to_values * values * (1.0 - open_)], dim)


# Distributions over a dimension


_ALONG = [
    sample(floats(3, 4), 1),
    sample(floats(2, 3, 4), 0),
    sample(floats(4, low=-50.0, high=50.0), -1),
    sample(floats(3, 4), 1, float64),
]


def _shifted(input: Array, dim: int, dtype: DType | None) -> tuple[Array, int]:
    """Floating-point `input` with the largest value along `dim` taken off, and that dim from the front."""
    axis = one_dim(dim, input.ndim)
    if dtype is None and input.dtype.kind not in DIFFERENTIABLE:
        dtype = get_default_dtype()
    scores = input if dtype is None else input.astype(dtype.numpy)
    if not scores.size or not scores.ndim:
        return np.asarray(scores - scores), axis
    return scores - scores.max(axis=axis, keepdims=True), axis


def _in_rows(values: Value, dim: int) -> bool:
    """Whether `values` is an array that lies in memory as real rows along its last dimension `dim`."""
    return (
        type(values) is np.ndarray
        and values.dtype.kind == "f"
        and values.size > 0
        and dim in (-1, values.ndim - 1)
        and values.flags.c_contiguous
    )


@op(samples=_ALONG, meeting="as_is")
def softmax(input: Value, dim: int, dtype: DType | None = None) -> Value:
    """exp(input) / sum(exp(input)) along `dim`, computed in `dtype` if given: positive and with sum 1."""
    if dtype is None and _in_rows(input, dim):
        return rows.softmax(input.reshape(-1, input.shape[-1])).reshape(input.shape)
    shifted, axis = _shifted(input, dim, dtype)
    out = np.exp(shifted)
    return out / out.sum(axis=axis, keepdims=True) if input.ndim else out


@softmax.gradient("input")
def _(grad: Value, out: Value, dim: int) -> Value:
    if _in_rows(out, dim) and _in_rows(grad, dim):
        flat = (-1, out.shape[-1])
        return shaped(rows.softmax_backward(grad.reshape(flat), out.reshape(flat)), out.shape)
    return out * (grad - (grad * out).sum(dim, keepdims=True))


@op(samples=_ALONG, meeting="as_is")
def log_softmax(input: Value, dim: int, dtype: DType | None = None) -> Value:
    """input - log(sum(exp(input))) along `dim`, computed in `dtype` if given, without overflow."""
    if dtype is None and _in_rows(input, dim):
        return rows.log_softmax(input.reshape(-1, input.shape[-1])).reshape(input.shape)
    shifted, axis = _shifted(input, dim, dtype)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True)) if input.ndim else shifted


@log_softmax.gradient("input")
def _(grad: Value, out: Value, dim: int) -> Value:
    if _in_rows(out, dim) and _in_rows(grad, dim):
        flat = (-1, out.shape[-1])
        return shaped(rows.log_softmax_backward(grad.reshape(flat), out.reshape(flat)), out.shape)
    return grad - exp(out) * grad.sum(dim, keepdims=True)
