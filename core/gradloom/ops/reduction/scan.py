"""Running sums, products, extremes and log-sums along a dim."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.dtypes import dtype as DType
from gradloom.kernels.scanning import running
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.elementwise.exponential import exp, log
from gradloom.ops.movement.repeating import flip
from gradloom.ops.movement.selection import gathered_back, where
from gradloom.ops.movement.views import unsqueeze
from gradloom.ops.op import Value, op, raw
from gradloom.ops.reduction.reduce import sum, summed_dtype  # noqa: A004
from gradloom.ops.sample import complexes, floats, integers, sample
from gradloom.ops.shapes import Shape, one_dim

_RUNS = [
    sample(floats(3, 4), 1),
    sample(floats(3, 4), 0),
    sample(integers(3), 0),
    sample(complexes(3, 2), 0),
]


def _accumulated(function: np.ufunc, input: Array, dim: int, dtype: DType | None) -> Array:
    """The running results of a binary function along a dim."""
    at, wanted = one_dim(dim, input.ndim), summed_dtype(input, dtype)
    values = input if wanted is None else input.astype(wanted, copy=False)
    if not input.ndim:
        return values.copy()
    return running(function, values, at)


def _backward_sum(values: Value, dim: int) -> Value:
    """The running sum from the far end."""
    return flip(cumsum(flip(values, (dim,)), dim), (dim,)) if values.ndim else values


@op(samples=_RUNS, meeting="as_is", inplace=True)
def cumsum(input: Value, dim: int, dtype: DType | None = None) -> Value:
    """The running sum along a dim."""
    return _accumulated(np.add, input, dim, dtype)


@cumsum.gradient("input")
def _(grad: Value, dim: int) -> Value:
    return _backward_sum(grad, dim)


@op(samples=[*_RUNS, sample(floats(1), 0)], meeting="as_is", inplace=True)
def cumprod(input: Value, dim: int, dtype: DType | None = None) -> Value:
    """The running product along a dim."""
    return _accumulated(np.multiply, input, dim, dtype)


@cumprod.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: int) -> Value:
    if raw(input).size <= 1:
        return grad
    if raw(input).all():
        return _backward_sum(grad * conjugate(out), dim) / conjugate(input)
    # A zero makes that 0 / 0: rebuild each product without its factor instead.
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    tail = (1,) * (input.ndim - at - 1)
    own = np.eye(size, dtype=np.bool_).reshape((1,) * at + (size, size) + tail)
    reached = np.triu(np.ones((size, size), np.bool_)).reshape(own.shape)
    without = cumprod(where(own, 1, unsqueeze(input, at)), at + 1)
    return sum(conjugate(where(reached, without, 0)) * unsqueeze(grad, at), at + 1)


def _extremes(name: str, function: np.ufunc, word: str) -> Any:
    """`cummax` or `cummin`."""
    reaches = np.greater_equal if function is np.maximum else np.less_equal

    def forward(input: Value, dim: int) -> Value:
        at = one_dim(dim, input.ndim)
        if not input.ndim:
            return input.copy(), np.zeros((), np.int64)
        values = function.accumulate(input, axis=at)
        fresh = reaches(input, values)
        if input.dtype.kind == "f":
            fresh |= np.isnan(input)
        shape = [1] * input.ndim
        shape[at] = -1
        places = np.where(fresh, np.arange(input.shape[at]).reshape(shape), 0)
        return values, np.maximum.accumulate(places, axis=at)

    def rule(grad: Value, input_shape: Shape, dim: int, indices: Value) -> Value:
        return gathered_back(grad, input_shape, dim, raw(indices))

    forward.__name__ = name
    forward.__doc__ = f"The {word} element so far along a dim, and where it came last."
    samples = [sample(floats(3, 4, distinct=True), 1), sample(floats(4, 2, distinct=True), 0)]
    made = op(samples=samples, meeting="as_is", returns=("values", "indices"))(forward)
    made.gradient("input")(rule)
    return made


cummax = _extremes("cummax", np.maximum, "largest")
cummin = _extremes("cummin", np.minimum, "smallest")


@op(
    samples=[sample(floats(3, 4), 1), sample(floats(), 0), sample(complexes(3, 2, high=1.0), 0)],
    meeting="as_is",
)
def logcumsumexp(input: Value, dim: int) -> Value:
    """log(exp(x_1) + ... + exp(x_i)) along a dim, without overflow."""
    if input.dtype.kind not in "fc":
        raise NotImplementedError(
            f"\"logcumsumexp_out_cpu\" not implemented for '{legacy_name(input.dtype)}'"
        )
    at = one_dim(dim, input.ndim)
    if not input.ndim:
        return input.copy()
    if input.dtype.kind == "f":
        return np.logaddexp.accumulate(input, axis=at, dtype=np.float64).astype(input.dtype)
    result = input.copy()
    rows = np.moveaxis(result, at, 0)
    for before, row in pairwise(rows):
        less, more = np.where(before.real < row.real, (before, row), (row, before))
        row[...] = np.where(less.real == -np.inf, more, np.log1p(np.exp(less - more)) + more)
    return result


@logcumsumexp.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: int) -> Value:
    if not input.ndim:
        return grad
    if raw(input).dtype.kind == "c":
        return _flow(log(grad), True, conjugate(input), conjugate(out), dim)
    # In the logarithm, what flows up and what flows down apart, since exp(-out) could overflow.
    signs = raw(grad)
    up, down = ((where(way, grad, 1), way) for way in (signs > 0, signs < 0))
    flows = [_flow(log(abs_), way, input, out, dim) for abs_, way in (up, (-down[0], down[1]))]
    return flows[0] - flows[1]


def _flow(sizes: Value, here: Any, input: Value, out: Value, dim: int) -> Value:
    """What arrives at each input from the gradients of one sign, whose logarithms are `sizes`."""
    parts = where(here, sizes - out, -np.inf)
    return exp(flip(logcumsumexp(flip(parts, (dim,)), dim), (dim,)) + input)
