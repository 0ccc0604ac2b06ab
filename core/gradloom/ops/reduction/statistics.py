"""Spread, length and log-sums, over all dims or some."""

from __future__ import annotations

import builtins
import math

import numpy as np

from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.elementwise.exponential import exp
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Op, Value, composite, op, raw
from gradloom.ops.reduction.reduce import count_over, fold, mean, spread_back
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import Dims, Shape, all_dims

_SPREAD = [
    sample(floats(3, 4)),
    sample(floats(3, 4), 1),
    sample(floats(2, 3, 4), (0, 2), keepdim=True),
    sample(floats(3, 4), 0, unbiased=False),
    sample(complexes(3, 4), 1),
]


def _settled(
    shape: Shape, dim: Dims, unbiased: bool, correction: float | None
) -> tuple[tuple[int, ...], float]:
    """The dims, and the degrees of freedom; a bool in the place of the dims is `unbiased`."""
    if isinstance(dim, bool):
        return _settled(shape, None, dim, correction)
    lost = (1.0 if unbiased else 0.0) if correction is None else float(correction)
    return all_dims(dim, len(shape)), builtins.max(count_over(shape, dim) - lost, 0.0)


def _variance(input: Value, dim: Dims, unbiased: bool, keepdim: bool, correction: float | None) -> Value:
    if input.dtype.kind not in "fc":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    axes, degrees = _settled(input.shape, dim, unbiased, correction)
    offset = input - np.true_divide(
        fold(np.add, input, axes, True), count_over(input.shape, axes), dtype=input.dtype
    )
    squares = offset * offset if input.dtype.kind == "f" else offset.real**2 + offset.imag**2
    total = fold(np.add, squares, axes, keepdim)
    return np.true_divide(total, degrees, dtype=squares.dtype)


def _slope(input: Value, dim: Dims, unbiased: bool, correction: float | None) -> Value:
    """The gradient of the variance: 2 (x - mean) / degrees of freedom."""
    axes, degrees = _settled(tuple(input.shape), dim, unbiased, correction)
    return (input - mean(input, axes, True)) * (2 / degrees if degrees else math.inf)


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
    shape = tuple(input.shape)
    axes, _ = _settled(shape, dim, unbiased, correction)
    return spread_back(grad, axes, shape) * _slope(input, dim, unbiased, correction)


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
    shape = tuple(input.shape)
    axes, _ = _settled(shape, dim, unbiased, correction)
    scaled = where(raw(out) == 0, 0, grad / (out * 2))
    return spread_back(scaled, axes, shape) * _slope(input, dim, unbiased, correction)


@op(
    samples=[
        sample(floats(3, 4), 1),
        sample(floats(2, 3, 4), (0, 2), True),
        sample(complexes(3, 4, high=1.0), 1),
    ],
    meeting="float",
)
def logsumexp(input: Value, dim: Dims, keepdim: bool = False) -> Value:
    """log(sum(exp(x))) over `dim`, without overflow."""
    axes = all_dims(dim, input.ndim)
    top = np.maximum.reduce(input.real, axis=axes, keepdims=True, initial=-math.inf)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    total = np.log(np.add.reduce(np.exp(input - top), axis=axes, keepdims=True)) + top
    return total if keepdim else total.reshape([n for at, n in enumerate(input.shape) if at not in axes])


@logsumexp.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: Dims) -> Value:
    shape = tuple(input.shape)
    return spread_back(grad, dim, shape) * conjugate(exp(input - spread_back(out, dim, shape)))


_BOTH = [sample(floats(3, 4), 1), sample(floats(3, 4)), sample(floats(3, 4), False)]


def _with_mean(
    spread: Op[...], input: Value, dim: Dims, unbiased: bool, keepdim: bool, correction: float | None
) -> tuple[Value, Value]:
    found = spread(input, dim, unbiased, keepdim, correction)
    return found, mean(input, None if isinstance(dim, bool) else dim, keepdim)


@composite(samples=_BOTH, method=False)
def var_mean(
    input: Value,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    correction: float | None = None,
) -> tuple[Value, Value]:
    """The variance and the mean."""
    return _with_mean(var, input, dim, unbiased, keepdim, correction)


@composite(samples=_BOTH, method=False)
def std_mean(
    input: Value,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    correction: float | None = None,
) -> tuple[Value, Value]:
    """The standard deviation and the mean."""
    return _with_mean(std, input, dim, unbiased, keepdim, correction)
