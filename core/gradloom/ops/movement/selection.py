"""Picking elements by condition and by index tensors along a dim."""

from __future__ import annotations

from operator import le
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.adding import add_at, sums_by_place
from gradloom.kernels.pairing import chosen
from gradloom.kernels.picking import add_to_picked, picked
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import booleans, floats, integers, sample
from gradloom.ops.shapes import Shape, explain_broadcast, one_dim


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
    return chosen(condition, input, other)


@where.gradient("input")
def _(grad: Value, condition: Value) -> Value:
    return where(condition, grad, 0)


@where.gradient("other")
def _(grad: Value, condition: Value) -> Value:
    return where(condition, 0, grad)


def places_along(dim: int, index: Array) -> tuple[Any, ...]:
    """The advanced index that `gather` and `scatter` mean."""
    grid: list[Any] = list(np.indices(index.shape, sparse=True))
    grid[dim] = index
    return tuple(grid)


_UNSIGNED: dict[Any, Any] = {np.dtype(np.int64): np.dtype(np.uint64), np.dtype(np.int32): np.dtype(np.uint32)}
"""What an index may hold, and the same without signs, in which negative numbers are the largest."""


def check_index(
    input: Array, dim: int, index: Array, name: str, owner: str, src: Array | None = None
) -> tuple[int, Array, Array]:
    """The dim from the front, and `input` and `index` with a dim at least; errors of the function `name`.

    RuntimeError unless `index` holds integers that exist along `dim` and lies within `input`, apart from
    `dim`, and within `src`.
    """
    if index.size and index.dtype not in _UNSIGNED:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    at = one_dim(dim, input.ndim)
    whole, index = (each if each.ndim else each.reshape(1) for each in (input, index))
    if not index.size:
        return at, whole, index
    if index.ndim != whole.ndim:
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {owner} tensor")
    wide = [
        place
        for place, (asked, size) in enumerate(zip(index.shape, whole.shape, strict=True))
        if asked > size and place != at
    ]
    if name == "gather" and wide:
        raise RuntimeError(
            f"Size does not match at dimension {wide[0]} expected index {list(index.shape)} to be no larger "
            f"than self {list(whole.shape)} apart from dimension {at}"
        )
    if src is not None and src.ndim != whole.ndim and not (src.ndim == 0 and whole.ndim == 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    within = src is None or all(map(le, index.shape, np.atleast_1d(src).shape))
    if wide or not within:
        beyond = "" if src is None else f" and to be no larger size than src {list(src.shape)}"
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(whole.shape)} apart from "
            f"dimension {at}{beyond}"
        )
    size = whole.shape[at]
    if np.maximum.reduce(index.view(_UNSIGNED[index.dtype]), axis=None) >= size:
        wrong = index[(index < 0) | (index >= size)].flat[0]
        raise RuntimeError(f"index {wrong} is out of bounds for dimension {at} with size {size}")
    return at, whole, index


@op(
    samples=[
        sample(floats(3, 4), 1, integers(3, 2, high=4)),
        sample(floats(3, 4), 0, integers(2, 4, high=3)),
        sample(floats(), 0, integers(3, high=1)),
    ],
    meeting="as_is",
    moves=True,
)
def gather(input: Value, dim: int, index: Value, sparse_grad: bool = False) -> Value:
    """For each place of `index` the element at that place, but with the index itself along `dim`."""
    at, whole, places = check_index(input, dim, index, "gather", "input")
    if not places.size:
        return np.empty(index.shape, input.dtype)
    return picked(whole, places, at).reshape(index.shape)


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
    if index.size:
        places = np.atleast_1d(index)
        add_to_picked(np.atleast_1d(result), places, input.reshape(places.shape), one_dim(dim, len(shape)))
    return result


@gathered_back.gradient("input")
def _(grad: Value, dim: int, index: Array) -> Value:
    return gather(grad, dim, index)


def check_vector(index: Array, size: int) -> Array:
    """`index` with one dim; errors of `index_select` unless it holds integers below `size`."""
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if index.size and (index.min() < 0 or index.max() >= size):
        raise IndexError("index out of range in self")
    return index.reshape(-1)


@op(
    samples=[
        sample(floats(3, 4), 1, integers(5, high=4)),
        sample(floats(3, 4), 0, integers(2, high=3)),
        sample(floats(), 0, integers(1, high=1)),
    ],
    meeting="as_is",
    moves=True,
)
def index_select(input: Value, dim: int, index: Value) -> Value:
    """The slices of `dim` that `index` names."""
    at = one_dim(dim, input.ndim)
    if not input.ndim:
        return input[()].reshape(check_vector(index, 1).shape).reshape(())
    return np.take(input, check_vector(index, input.shape[at]), axis=at)


@index_select.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, index: Value) -> Value:
    return index_added(grad, input_shape, dim, raw(index).reshape(-1))


@op(samples=[sample(floats(3, 3), (3, 4), 1, np.array([0, 2, 2]))], meeting="as_is", method=False)
def index_added(input: Value, shape: Shape, dim: int, index: Array) -> Value:
    """Zeros of `shape` to which the slices of `input` are added where `index` says along `dim`."""
    result = np.zeros(shape, input.dtype)
    add_along(result, dim, index, input)
    return result


def add_along(array: Array, dim: int, index: Array, values: Array) -> None:
    """Add the slices of `values` to those of `array` along `dim` that `index` names."""
    if not array.ndim:
        array += np.add.reduce(values, axis=None, dtype=array.dtype)
        return
    at = one_dim(dim, array.ndim)
    shape = (*array.shape[:at], index.size, *array.shape[at + 1 :])
    if at == 0 and array.ndim > 1 and array.dtype == values.dtype == np.float32 and array.size:
        rows = np.ascontiguousarray(values).reshape(index.size, -1 if index.size else array[0].size)
        array += sums_by_place(rows, index.astype(np.int64, copy=False), len(array)).reshape(array.shape)
        return
    add_at(array, (slice(None),) * at + (index,), values.reshape(shape))


@index_added.gradient("input")
def _(grad: Value, dim: int, index: Array) -> Value:
    return index_select(grad, dim, index)
