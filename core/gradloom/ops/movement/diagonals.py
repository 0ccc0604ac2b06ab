"""Diagonals and triangles: taken from matrices, and matrices made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.pairing import chosen
from gradloom.ops.copying import fitting
from gradloom.ops.movement.views import movedim
from gradloom.ops.op import Value, composite, inplace_method, op
from gradloom.ops.operand import Operand
from gradloom.ops.reduction.reduce import sum  # noqa: A004
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import Shape, one_dim


def _two_dims(dim1: int, dim2: int, ndim: int) -> tuple[int, int]:
    first, second = one_dim(dim1, ndim), one_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return first, second


@op(samples=[sample(floats(3, 4)), sample(floats(2, 3, 4), 1, -2, -1)], meeting="as_is", view=True)
def diagonal(input: Value, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Value:
    """The diagonal of the dims `dim1` and `dim2`, as the last dim."""
    result = np.diagonal(input, offset, *_two_dims(dim1, dim2, input.ndim))
    result.flags.writeable = input.flags.writeable
    return result


@diagonal.gradient("input")
def _(grad: Value, input_shape: Shape, offset: int, dim1: int, dim2: int) -> Value:
    return diagonal_to(grad, input_shape, offset, dim1, dim2)


@op(samples=[sample(floats(3), (3, 4), 0, 0, 1)], meeting="as_is", method=False, moves=True)
def diagonal_to(input: Value, shape: Shape, offset: int, dim1: int, dim2: int) -> Value:
    """Zeros of `shape` with `input` on the diagonal."""
    result = np.zeros(shape, input.dtype)
    diagonal.forward(result, offset, dim1, dim2)[...] = input
    return result


@diagonal_to.gradient("input")
def _(grad: Value, offset: int, dim1: int, dim2: int) -> Value:
    return diagonal(grad, offset, dim1, dim2)


@composite(samples=[sample(floats(3)), sample(floats(2, 3), 1, 0, -1)])
def diag_embed(input: Value, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Value:
    """Matrices in the dims `dim1` and `dim2`, with the last dim of `input` on their diagonal."""
    ndim = input.ndim + 1
    _two_dims(dim1, dim2, ndim)
    size = input.shape[-1] + abs(offset)
    whole = diagonal_to(input, (*input.shape[:-1], size, size), offset, -2, -1)
    return movedim(whole, (-2, -1), (dim1, dim2))


@composite(samples=[sample(floats(3)), sample(floats(3, 4), 1)])
def diag(input: Value, diagonal: int = 0) -> Value:
    """The diagonal of a matrix, as a copy, or a matrix with a vector on its diagonal."""
    if input.ndim == 2:
        return diagonal_of(input, diagonal).clone()
    if input.ndim != 1:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return diag_embed(input, diagonal)


diagonal_of = diagonal


@composite(samples=[sample(floats(2, 3), 1)])
def diagflat(input: Value, offset: int = 0) -> Value:
    """A matrix with all elements of `input` on its diagonal."""
    return diag_embed(input.reshape(-1), offset)


@composite(samples=[sample(floats(3, 4)), sample(complexes(3, 3))])
def trace(input: Value) -> Value:
    """The sum of a matrix's diagonal."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    if input.dtype.name == "bool":
        raise NotImplementedError("\"trace\" not implemented for 'Bool'")
    return sum(diagonal(input))


_MATRICES: list[Any] = [sample(floats(3, 4)), sample(floats(2, 3, 3), 1), sample(complexes(3, 3), -1)]


@op(samples=_MATRICES, meeting="as_is", inplace=True, moves=True)
def tril(input: Value, diagonal: int = 0) -> Value:
    """The lower triangle of the last two dims, zeros above the diagonal."""
    return chosen(_reached(_matrices(input, "tril"), diagonal), input, input.dtype.type(0))


@tril.gradient("input")
def _(grad: Value, diagonal: int) -> Value:
    return tril(grad, diagonal)


@op(samples=_MATRICES, meeting="as_is", inplace=True, moves=True)
def triu(input: Value, diagonal: int = 0) -> Value:
    """The upper triangle of the last two dims, zeros below the diagonal."""
    return chosen(_reached(_matrices(input, "triu"), diagonal - 1), input.dtype.type(0), input)


@triu.gradient("input")
def _(grad: Value, diagonal: int) -> Value:
    return triu(grad, diagonal)


def _reached(input: Array, diagonal: int) -> Array:
    """Where the last two dims are on a diagonal or below it."""
    rows, columns = input.shape[-2:]
    last = min(max(int(diagonal), -rows), columns)
    below = np.arange(last, rows + last, dtype=np.int32)[:, None] >= np.arange(columns, dtype=np.int32)
    return below if input.ndim == 2 else np.broadcast_to(below, input.shape)


def _matrices(input: Value, name: str) -> Value:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return input


@op(
    samples=[sample(floats(4, 3), 1.5), sample(floats(7, 2), 0.5, True)],
    meeting="as_is",
    moves=True,
    method=False,
)
def diagonal_filled(input: Value, fill_value: Value, wrap: bool = False) -> Value:
    """A copy of `input` with a number on its main diagonal, which with `wrap` goes on below the square."""
    if input.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if input.ndim > 2 and len(set(input.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    result = input.copy()
    np.fill_diagonal(result, fitting(fill_value, input.dtype), wrap)
    return result


@diagonal_filled.gradient("input")
def _(grad: Value, wrap: bool) -> Value:
    return diagonal_filled(grad, 0.0, wrap)


@diagonal_filled.gradient("fill_value")
def _(grad: Value, wrap: bool) -> Value:
    return sum(grad - diagonal_filled(grad, 0.0, wrap))


Operand.bind("fill_diagonal_", inplace_method(diagonal_filled))
