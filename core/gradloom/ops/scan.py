"""Running sums and products along a dim."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import dtype as DType
from gradloom.ops.op import Value, op, raw
from gradloom.ops.reduce import sum, summed_dtype  # noqa: A004
from gradloom.ops.repeating import flip
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.selection import where
from gradloom.ops.shapes import one_dim
from gradloom.ops.views import unsqueeze


@op(samples=[sample(floats(3, 4), 1), sample(floats(3, 4), 0), sample(integers(3), 0)], meeting="as_is")
def cumsum(input: Value, dim: int, dtype: DType | None = None) -> Value:
    """The running sum along a dim."""
    return np.cumsum(input, one_dim(dim, input.ndim), summed_dtype(input, dtype)).reshape(input.shape)


@cumsum.gradient("input")
def _(grad: Value, dim: int) -> Value:
    return flip(cumsum(flip(grad, (dim,)), dim), (dim,)) if grad.ndim else grad


@op(samples=[sample(floats(3, 4), 1), sample(floats(3, 2, low=0.5), 0)], meeting="as_is")
def cumprod(input: Value, dim: int, dtype: DType | None = None) -> Value:
    """The running product along a dim."""
    return np.cumprod(input, one_dim(dim, input.ndim), summed_dtype(input, dtype)).reshape(input.shape)


@cumprod.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: int) -> Value:
    if not input.ndim:
        return grad
    if raw(input).all():
        return flip(cumsum(flip(grad * out, (dim,)), dim), (dim,)) / input
    # A zero makes that 0 / 0: rebuild each product without its factor instead.
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    tail = (1,) * (input.ndim - at - 1)
    own = np.eye(size, dtype=np.bool_).reshape((1,) * at + (size, size) + tail)
    reached = np.triu(np.ones((size, size), np.bool_)).reshape(own.shape)
    without = cumprod(where(own, 1, unsqueeze(input, at)), at + 1)
    return sum(where(reached, without, 0) * unsqueeze(grad, at), at + 1)
