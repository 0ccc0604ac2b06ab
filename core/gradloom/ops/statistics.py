"""Spread, length and log-sums, over all dims or some."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.ops.exponential import exp
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.reduce import count_over, fold, mean, spread_back
from gradloom.ops.sample import floats, sample
from gradloom.ops.selection import where
from gradloom.ops.shapes import Dims, Shape, all_dims
from gradloom.ops.signs import abs, sign  # noqa: A004

_SPREAD = [
    sample(floats(3, 4)),
    sample(floats(3, 4), 1),
    sample(floats(2, 3, 4), (0, 2), keepdim=True),
    sample(floats(3, 4), 0, unbiased=False),
]


def _degrees(shape: Shape, dim: Dims, unbiased: bool, correction: float | None) -> float:
    lost = (1.0 if unbiased else 0.0) if correction is None else correction
    return max(count_over(shape, dim) - lost, 0.0)


def _variance(input: Value, dim: Dims, unbiased: bool, keepdim: bool, correction: float | None) -> Value:
    axes = all_dims(dim, input.ndim)
    offset = input - np.mean(input, axis=axes, keepdims=True)
    total = fold(np.add, offset * offset, dim, keepdim)
    return np.true_divide(total, _degrees(input.shape, dim, unbiased, correction), dtype=input.dtype)


def _slope(input: Value, dim: Dims, unbiased: bool, correction: float | None) -> Value:
    """The gradient of the variance: 2 (x - mean) / degrees of freedom."""
    degrees = _degrees(tuple(input.shape), dim, unbiased, correction)
    return (input - mean(input, dim, True)) * (2 / degrees if degrees else math.inf)


@op(samples=_SPREAD, meeting="as_is")
def var(
    input: Value,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    correction: float | None = None,
) -> Value:
    """The variance of all elements, or over `dim`: squared offsets, summed, over n - 1 or n - correction."""
    return _variance(input, dim, unbiased, keepdim, correction)


@var.gradient("input")
def _(grad: Value, input: Value, dim: Dims, unbiased: bool, correction: float | None) -> Value:
    return spread_back(grad, dim, tuple(input.shape)) * _slope(input, dim, unbiased, correction)


@op(samples=_SPREAD, meeting="as_is")
def std(
    input: Value,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    correction: float | None = None,
) -> Value:
    """The standard deviation: the square root of `var`. Its gradient is 0 where it is 0."""
    return np.sqrt(_variance(input, dim, unbiased, keepdim, correction))


@std.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: Dims, unbiased: bool, correction: float | None) -> Value:
    scaled = where(raw(out) == 0, 0, grad / (out * 2))
    return spread_back(scaled, dim, tuple(input.shape)) * _slope(input, dim, unbiased, correction)


@op(
    samples=[
        sample(floats(3, 4)),
        sample(floats(3, 4), 2, 1),
        sample(floats(3, 4, avoid=(0.0,)), 1, 0, True),
        sample(floats(3, 4, avoid=(0.0,)), 3.0, 1),
        sample(floats(3, 4, low=0.1, distinct=True), math.inf, 1),
    ],
    meeting="as_is",
)
def norm(input: Value, p: Any = "fro", dim: Dims = None, keepdim: bool = False) -> Value:
    """The p-norm, (sum |x|^p)^(1/p), of all elements or over `dim`; "fro" is 2, infinity the largest |x|."""
    power = 2.0 if p in ("fro", None) else float(p)
    if power == 2:
        return np.sqrt(fold(np.add, input * input, dim, keepdim))
    sizes = np.abs(input)
    if math.isinf(power):
        extreme = np.maximum if power > 0 else np.minimum
        return fold(extreme, sizes, dim, keepdim)
    if power == 0:
        return fold(np.add, sizes != 0, dim, keepdim, input.dtype)
    return fold(np.add, sizes**power, dim, keepdim) ** (1 / power)


@norm.gradient("input")
def _(grad: Value, input: Value, out: Value, p: Any, dim: Dims) -> Value:
    shape = tuple(input.shape)
    power = 2.0 if p in ("fro", None) else float(p)
    spread = spread_back(grad, dim, shape)
    length = spread_back(out, dim, shape)
    if power == 0:
        return input * 0
    if math.isinf(power):
        reached = raw(abs(input)) == raw(length)
        count = np.add.reduce(reached, axis=all_dims(dim, len(shape)), keepdims=True)
        return spread * sign(input) * (reached / count)
    flat = raw(length) == 0
    safe = where(flat, 1, length)
    return where(flat, 0, spread * sign(input) * (abs(input) / safe) ** (power - 1))


@op(samples=[sample(floats(3, 4), 1), sample(floats(2, 3, 4), (0, 2), True)], meeting="float")
def logsumexp(input: Value, dim: Dims, keepdim: bool = False) -> Value:
    """log(sum(exp(x))) over `dim`, without overflow."""
    axes = all_dims(dim, input.ndim)
    top = np.maximum.reduce(input, axis=axes, keepdims=True)
    top = np.where(np.isfinite(top), top, input.dtype.type(0))
    total = np.log(np.add.reduce(np.exp(input - top), axis=axes, keepdims=True)) + top
    return total if keepdim else total.reshape([n for at, n in enumerate(input.shape) if at not in axes])


@logsumexp.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: Dims) -> Value:
    shape = tuple(input.shape)
    return spread_back(grad, dim, shape) * exp(input - spread_back(out, dim, shape))


@composite(samples=[sample(floats(3, 4), 1), sample(floats(3, 4))], method=False)
def var_mean(
    input: Value,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    correction: float | None = None,
) -> tuple[Value, Value]:
    """The variance and the mean."""
    return var(input, dim, unbiased, keepdim, correction), mean(input, dim, keepdim)


@composite(samples=[sample(floats(3, 4), 1), sample(floats(3, 4))], method=False)
def std_mean(
    input: Value,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    correction: float | None = None,
) -> tuple[Value, Value]:
    """The standard deviation and the mean."""
    return std(input, dim, unbiased, keepdim, correction), mean(input, dim, keepdim)
