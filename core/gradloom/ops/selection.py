"""Picking elements by condition, by mask and by index tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import booleans, floats, integers, sample
from gradloom.ops.shapes import Shape, explain_broadcast, one_dim
from gradloom.ops.slicing import scatter_to


@op(
    samples=[
        sample(booleans(3, 4), floats(3, 4), floats(3, 4)),
        sample(booleans(3, 1), floats(4), floats(3, 4)),
        sample(booleans(3), floats(3), 0.0),
    ],
    meets=("input", "other"),
    explain=explain_broadcast,
    method=False,
)
def where(condition: Value, input: Value, other: Value) -> Value:
    """`input` where the condition holds, `other` elsewhere."""
    return np.where(condition, input, other)


@where.gradient("input")
def _(grad: Value, condition: Value) -> Value:
    return where(condition, grad, 0)


@where.gradient("other")
def _(grad: Value, condition: Value) -> Value:
    return where(condition, 0, grad)


@op(
    samples=[sample(floats(3, 4), booleans(3, 4), 2.0), sample(floats(3, 4), booleans(4), floats())],
    meeting="as_is",
    explain=explain_broadcast,
    inplace=True,
)
def masked_fill(input: Value, mask: Value, value: Value) -> Value:
    """`value`, a number or 0-dim tensor, where the mask holds; `input` elsewhere."""
    if np.ndim(value):
        raise RuntimeError(
            f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {np.ndim(value)} "
            "dimension(s)."
        )
    return np.where(mask, np.asarray(value).astype(input.dtype), input)


@masked_fill.gradient("input")
def _(grad: Value, mask: Value) -> Value:
    return where(mask, 0, grad)


@masked_fill.gradient("value")
def _(grad: Value, mask: Value) -> Value:
    return where(mask, grad, 0)


def _along(dim: int, index: Array) -> tuple[Any, ...]:
    """The advanced index that `gather` and `scatter` mean."""
    grid: list[Any] = list(np.indices(index.shape, sparse=True))
    grid[dim] = index
    return tuple(grid)


def _checked(input: Array, dim: int, index: Array) -> tuple[int, Array]:
    if index.dtype.kind not in "iu" or index.dtype == np.bool_:
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if index.ndim != input.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    at = one_dim(dim, input.ndim)
    size = input.shape[at] if input.ndim else 1
    if index.size and (index.min() < 0 or index.max() >= size):
        wrong = index[(index < 0) | (index >= size)].flat[0]
        raise RuntimeError(f"index {wrong} is out of bounds for dimension {at} with size {size}")
    return at, index


@op(
    samples=[
        sample(floats(3, 4), 1, integers(3, 2, high=4)),
        sample(floats(3, 4), 0, integers(2, 4, high=3)),
    ],
    meeting="as_is",
)
def gather(input: Value, dim: int, index: Value) -> Value:
    """For each place of `index` the element at that place, but with the index itself along `dim`."""
    at, index = _checked(input, dim, index)
    return input[_along(at, index)] if input.ndim else input[()].reshape(index.shape)


@gather.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, index: Value) -> Value:
    return gathered_back(grad, input_shape, dim, raw(index))


@op(
    samples=[sample(floats(3, 2), (3, 4), 1, np.array([[0, 1], [1, 1], [3, 0]]))],
    meeting="as_is",
    method=False,
)
def gathered_back(input: Value, shape: Shape, dim: int, index: Array) -> Value:
    """Zeros of `shape` to which each element of `input` is added where `gather` would take it from."""
    result = np.zeros(shape, input.dtype)
    np.add.at(result, _along(one_dim(dim, len(shape)), index) if shape else (), input)
    return result


@gathered_back.gradient("input")
def _(grad: Value, dim: int, index: Array) -> Value:
    return gather(grad, dim, index)


def _part(index: Array, src: Any) -> Any:
    return src[tuple(slice(0, size) for size in index.shape)] if np.ndim(src) else src


@op(
    samples=[sample(floats(3, 5), 1, np.array([[0, 2], [1, 4], [3, 0]]), floats(3, 2))],
    meeting="as_is",
    inplace=True,
)
def scatter(input: Value, dim: int, index: Value, src: Value) -> Value:
    """A copy of `input` into which `src`, a tensor or a number, is written where `index` says along `dim`."""
    at, index = _checked(input, dim, index)
    result = input.copy()
    result[_along(at, index)] = _part(index, src)
    return result


@scatter.gradient("input")
def _(grad: Value, dim: int, index: Value) -> Value:
    return scatter(grad, dim, index, 0.0)


@scatter.gradient("src")
def _(grad: Value, dim: int, index: Value, src_shape: Shape) -> Value:
    return _padded(gather(grad, dim, index), src_shape)


@op(
    samples=[sample(floats(3, 5), 1, integers(3, 2, high=5), floats(3, 2))],
    meeting="as_is",
    inplace=True,
)
def scatter_add(input: Value, dim: int, index: Value, src: Value) -> Value:
    """A copy of `input` to which `src` is added where `index` says along `dim`."""
    at, index = _checked(input, dim, index)
    result = input.copy()
    np.add.at(result, _along(at, index), _part(index, src))
    return result


@scatter_add.gradient("input")
def _(grad: Value) -> Value:
    return grad


@scatter_add.gradient("src")
def _(grad: Value, dim: int, index: Value, src_shape: Shape) -> Value:
    return _padded(gather(grad, dim, index), src_shape)


def _padded(grad: Value, shape: Shape) -> Value:
    """`grad` at the front of zeros of `shape`."""
    if tuple(grad.shape) == shape:
        return grad
    return scatter_to(grad, shape, tuple(slice(0, size) for size in grad.shape))


@op(
    samples=[sample(floats(3, 4), 1, integers(5, high=4)), sample(floats(3, 4), 0, integers(2, high=3))],
    meeting="as_is",
)
def index_select(input: Value, dim: int, index: Value) -> Value:
    """The slices of `dim` that `index` names."""
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    at = one_dim(dim, input.ndim)
    if index.size and (index.min() < 0 or index.max() >= input.shape[at]):
        raise IndexError("index out of range in self")
    return np.take(input, index.reshape(-1), axis=at)


@index_select.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, index: Value) -> Value:
    return index_added(grad, input_shape, dim, raw(index).reshape(-1))


@op(samples=[sample(floats(3, 3), (3, 4), 1, np.array([0, 2, 2]))], meeting="as_is", method=False)
def index_added(input: Value, shape: Shape, dim: int, index: Array) -> Value:
    """Zeros of `shape` to which the slices of `input` are added where `index` says along `dim`."""
    result = np.zeros(shape, input.dtype)
    np.add.at(np.moveaxis(result, dim, 0), index, np.moveaxis(input, dim, 0))
    return result


@index_added.gradient("input")
def _(grad: Value, dim: int, index: Array) -> Value:
    return index_select(grad, dim, index)
