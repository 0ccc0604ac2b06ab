"""Reductions: many elements to one, over all dims or some."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.kernels.copying import repeated
from gradloom.kernels.summing import sum_over
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.movement.selection import where
from gradloom.ops.movement.views import expand, reshape, spread_out, unsqueeze
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import booleans, complexes, floats, integers, sample
from gradloom.ops.shapes import Dims, Shape, all_dims, kept_shape, one_dim


def fold(function: np.ufunc, input: Array, dim: Dims, keepdim: bool = False, dtype: Any = None) -> Value:
    """`input`, cast to `dtype` before, brought together by a binary function over `dim`."""
    if function is np.add and (dtype is None or (dtype == input.dtype and dtype.kind == "f")):
        return sum_over(input, all_dims(dim, input.ndim), keepdim)
    reduce: Any = function.reduce
    if dtype is not None and dtype != input.dtype:
        if dtype.itemsize == 2 and dtype.kind in "fV":
            return fold(function, input, dim, keepdim).astype(dtype)
        if dtype.kind != "f":
            return fold(function, input.astype(dtype), dim, keepdim, dtype)
    return reduce(input, axis=all_dims(dim, input.ndim), keepdims=keepdim, dtype=dtype)


def spread_back(reduced: Value, dim: Dims, shape: Shape) -> Value:
    """What a reduction over `dim` left, repeated over the `shape` it came from."""
    kept = kept_shape(shape, all_dims(dim, len(shape)))
    if isinstance(reduced, (np.ndarray, np.generic)):
        return repeated(np.asarray(reduced).reshape(kept), shape)
    return expand(reshape(reduced, kept), shape)


def summed_dtype(input: Array, dtype: DType | None) -> Any:
    """The NumPy dtype of a sum: int64 for bools and integers unless said otherwise."""
    if dtype is not None:
        return dtype.numpy
    return None if input.dtype.kind in "fcV" else dtypes.int64.numpy


@op(
    samples=[
        sample(floats(2, 3)),
        sample(floats(2, 3), 1),
        sample(floats(2, 3, 4), (0, -1), True),
        sample(floats()),
        sample(complexes(2, 3), 0),
    ],
    meeting="as_is",
)
def sum(input: Value, dim: Dims = None, keepdim: bool = False, dtype: DType | None = None) -> Value:  # noqa: A001
    """The sum of all elements, or over `dim`."""
    return fold(np.add, input, dim, keepdim, summed_dtype(input, dtype))


@sum.gradient("input")
def _(grad: Value, input_shape: Shape, dim: Dims) -> Value:
    return spread_back(grad, dim, input_shape)


@op(samples=[sample(floats(2, 3, 4), (3, 1)), sample(floats(3), ())], meeting="as_is", method=False)
def sum_to_shape(input: Value, shape: Shape) -> Value:
    """The sum over the dims along which `shape` would be broadcast to the shape of `input`."""
    lead = input.ndim - len(shape)
    dims = tuple(range(lead)) + tuple(lead + at for at, size in enumerate(shape) if size == 1)
    return (sum_over(input, dims, True) if dims else input).reshape(shape)


@sum_to_shape.gradient("input")
def _(grad: Value, input_shape: Shape) -> Value:
    lead = len(input_shape) - grad.ndim
    return expand(reshape(grad, (1,) * lead + tuple(grad.shape)), input_shape)


@composite(samples=[sample(floats(2, 3, 4), (3, 1)), sample(floats(3), 1)])
def sum_to_size(input: Value, *size: Any) -> Value:
    """The sum over the dims along which `size` would be broadcast to the shape of `input`."""
    shape = tuple(spread_out(size))
    lead = input.ndim - len(shape)
    ends = zip(shape, input.shape[max(lead, 0) :], strict=False)
    if lead < 0 or [want for want, have in ends if want not in (1, have)]:
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(input.shape)}}}.")
    dims = (*range(lead), *[lead + at for at, size in enumerate(shape) if size == 1])
    # Nothing to sum leaves integers as they are, except that a lone number is always a sum.
    return reshape(sum(input, dims, True), shape) if dims or not shape else reshape(input, shape)


def count_over(shape: Sequence[int], dim: Dims) -> int:
    """How many elements a reduction over `dim` brings together."""
    return math.prod(shape[at] for at in all_dims(dim, len(shape)))


def _mean_type(input: Array, dtype: DType | None) -> Any:
    """The NumPy dtype of a mean; RuntimeError if it cannot hold fractions."""
    wanted = input.dtype if dtype is None else dtype.numpy
    if wanted.kind not in "fcV":
        role = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {role} dtype must be either a floating point or complex "
            f"dtype. Got: {dtypes.legacy_name(wanted)}"
        )
    return wanted


@op(
    samples=[
        sample(floats(2, 3)),
        sample(floats(2, 3), 1),
        sample(floats(2, 3, 4), (0, -1), True),
        sample(complexes(2, 3), 0),
    ],
    meeting="as_is",
)
def mean(input: Value, dim: Dims = None, keepdim: bool = False, dtype: DType | None = None) -> Value:
    """The mean of all elements, or over `dim`."""
    wanted = _mean_type(input, dtype)
    total = fold(np.add, input, dim, keepdim, None if dtype is None else wanted)
    return np.true_divide(total, count_over(input.shape, dim), dtype=wanted)


@mean.gradient("input")
def _(grad: Value, input_shape: Shape, dim: Dims) -> Value:
    return spread_back(grad / count_over(input_shape, dim), dim, input_shape)


@composite(samples=[sample(floats(2, 3)), sample(floats(2, 3), 1)])
def nansum(input: Value, dim: Dims = None, keepdim: bool = False, dtype: DType | None = None) -> Value:
    """The sum of all elements that are numbers, or of those over `dim`."""
    values = raw(input)
    if values.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    floating = values.dtype.kind in "fV"
    return sum(where(np.isnan(values), 0, input) if floating else input, dim, keepdim, dtype)


@composite(samples=[sample(floats(2, 3)), sample(floats(2, 3), 1)])
def nanmean(input: Value, dim: Dims = None, keepdim: bool = False, dtype: DType | None = None) -> Value:
    """The mean of all elements that are numbers, or of those over `dim`."""
    values = raw(input)
    if values.dtype.kind not in "fcV":
        raise RuntimeError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{dtypes.legacy_name(values.dtype)}"
        )
    counts = fold(np.add, ~np.isnan(values), dim, keepdim, np.dtype(np.int64))
    total = nansum(input, dim, keepdim, dtype)
    return total / np.asarray(counts).astype(raw(total).dtype)


@op(
    samples=[
        sample(floats(2, 3)),
        sample(floats(2, 3), 1),
        sample(floats(2, 3, 2), 0, True),
        sample(complexes(2, 3), 1),
    ],
    meeting="as_is",
)
def prod(input: Value, dim: int | None = None, keepdim: bool = False, dtype: DType | None = None) -> Value:
    """The product of all elements, or over `dim`."""
    return fold(np.multiply, input, dim, keepdim, summed_dtype(input, dtype))


@prod.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: int | None) -> Value:
    shape = tuple(input.shape)
    spread = spread_back(grad, dim, shape)
    if raw(input).all():
        return spread * conjugate(spread_back(out, dim, shape) / input)
    return spread * conjugate(_product_of_others(input, dim))


def _product_of_others(input: Value, dim: int | None) -> Value:
    """For each element the product of all others, without dividing: zeros are allowed."""
    if dim is None:
        flat = reshape(input, (-1,))
        return reshape(_product_of_others(flat, 0), tuple(input.shape))
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    grid = unsqueeze(input, at)
    same = np.eye(size, dtype=np.bool_).reshape((1,) * at + (size, size) + (1,) * (input.ndim - at - 1))
    return prod(where(same, 1, grid), at + 1)


def _truth(found: Array, input: Array) -> Array:
    """A bool result, which PyTorch gives as uint8 for uint8."""
    return np.asarray(found).astype(np.uint8) if input.dtype == np.uint8 else found


@op(
    samples=[sample(booleans(2, 3)), sample(booleans(2, 3), 1), sample(integers(2, 3), 0, True)],
    meeting="as_is",
)
def all(input: Value, dim: Dims = None, keepdim: bool = False) -> Value:  # noqa: A001
    """Whether all elements are true, or all along `dim`."""
    return _truth(fold(np.logical_and, input, dim, keepdim), input)


@op(
    samples=[sample(booleans(2, 3)), sample(booleans(2, 3), 1), sample(integers(2, 3), 0, True)],
    meeting="as_is",
)
def any(input: Value, dim: Dims = None, keepdim: bool = False) -> Value:  # noqa: A001
    """Whether an element is true, or one along `dim`."""
    return _truth(fold(np.logical_or, input, dim, keepdim), input)


@op(samples=[sample(integers(2, 3)), sample(integers(2, 3), 1)], meeting="as_is")
def count_nonzero(input: Value, dim: Dims = None) -> Value:
    """How many elements are not 0, in all or along `dim`."""
    return fold(np.add, input != 0, dim, dtype=np.dtype(np.int64))
