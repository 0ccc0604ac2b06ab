"""Adding, copying and filling slices that an index names along a dim."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.ops.copying import fitting
from gradloom.ops.movement.selection import add_along, index_select
from gradloom.ops.movement.views import reshape
from gradloom.ops.op import Value, op, raw
from gradloom.ops.reduction.reduce import sum  # noqa: A004
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Shape, one_dim


def _within(index: Array, at: int, size: int, name: str, least: int) -> Array:
    """`index` with one dim and counted from the front; an error unless it lies from `least` to `size`."""
    wrong = index[(index < least) | (index >= size)]
    if wrong.size:
        error = RuntimeError if name == "index_add_" else IndexError
        prefix = "index_copy_(): " if name == "index_copy_" else ""
        raise error(f"{prefix}index {wrong.flat[0]} is out of bounds for dimension {at} with size {size}")
    return np.where(index < 0, index + size, index).reshape(-1)


def _size(array: Array, at: int) -> int:
    return array.shape[at] if array.ndim else 1


@op(
    samples=[
        sample(floats(3, 4), 1, integers(2, high=4), floats(3, 2)),
        sample(floats(3, 4), 0, np.array([2, 0, 2]), floats(3, 4), alpha=2.0),
        sample(floats(), 0, np.array([0]), floats()),
    ],
    meeting="as_is",
    inplace=True,
)
def index_add(input: Value, dim: int, index: Value, source: Value, alpha: float = 1) -> Value:
    """A copy of `input` to whose slices along `dim` those of `source` are added where `index` says."""
    if index.ndim > 1:
        raise IndexError(
            f"index_add_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
            f"{legacy_name(index.dtype)} and size: {list(index.shape)}"
        )
    at = one_dim(dim, input.ndim)
    if index.dtype not in (np.int32, np.int64):
        raise RuntimeError(
            f"index_add_(): Expected dtype int32/int64 for index but got: {legacy_name(index.dtype)}"
        )
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"index_add_(): self ({legacy_name(input.dtype)}) and source ({legacy_name(source.dtype)}) must "
            "have the same scalar type"
        )
    others = [tuple(np.delete(each.shape, at)) if each.ndim else () for each in (input, source)]
    if (input.ndim != source.ndim and input.ndim and source.ndim) or others[0] != others[1]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got "
            f"self.shape = {list(input.shape)} source.shape = {list(source.shape)}"
        )
    if index.size != _size(source, at):
        raise RuntimeError(
            f"index_add_(): Number of indices ({index.size}) should be equal to source.size(dim): "
            f"({_size(source, at)}), for dim: {at}"
        )
    result = input.copy()
    places = _within(index, at, _size(input, at), "index_add_", 0)
    add_along(result, dim, places, source if alpha == 1 else source * input.dtype.type(alpha))
    return result


@index_add.gradient("input")
def _(grad: Value) -> Value:
    return grad


@index_add.gradient("source")
def _(grad: Value, dim: int, index: Value, alpha: float, source_shape: Shape) -> Value:
    return reshape(index_select(grad, dim, raw(index)), source_shape) * alpha


@op(
    samples=[
        sample(floats(3, 4), 1, np.array([2, 0]), floats(3, 2)),
        sample(floats(), 0, np.array([0]), floats()),
    ],
    meeting="as_is",
    inplace=True,
    moves=True,
)
def index_copy(input: Value, dim: int, index: Value, source: Value) -> Value:
    """A copy of `input` in which the slices along `dim` that `index` names are those of `source`."""
    at = one_dim(dim, input.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    if index.dtype != np.int64:
        raise RuntimeError(
            f"index_copy_(): Expected a long tensor for index, but got {legacy_name(index.dtype)}"
        )
    if input.dtype != source.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{legacy_name(input.dtype)} and (source) {legacy_name(source.dtype)}"
        )
    others = [each.shape[:at] + each.shape[at + 1 :] for each in (input, source)]
    if others[0] != others[1]:
        shapes = [" ".join(map(str, each)) for each in others]
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{shapes[0]} at dimension {at} and source slice shape: {shapes[1]} at dimension 0."
        )
    if index.size != _size(source, at):
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim) "
            f"({_size(source, at)})"
        )
    places = _within(index, at, _size(input, at), "index_copy_", 0)
    return _replaced(input, at, places, source)


def _replaced(input: Array, at: int, places: Array, values: Any) -> Array:
    """A copy of `input` with `values` in the slices at `places` of a dim."""
    result = input.copy()
    whole = np.atleast_1d(result)
    whole[(slice(None),) * at + (places,)] = values
    return result


@index_copy.gradient("input")
def _(grad: Value, dim: int, index: Value) -> Value:
    return index_fill(grad, dim, index, 0.0)


@index_copy.gradient("source")
def _(grad: Value, dim: int, index: Value, source_shape: Shape) -> Value:
    return reshape(index_select(grad, dim, raw(index)), source_shape)


@op(
    samples=[
        sample(floats(3, 4), 1, np.array([2, 0]), 1.5),
        sample(floats(3, 4), 0, np.array([1, 1]), floats()),
        sample(floats(), 0, np.array(0), floats()),
    ],
    meeting="as_is",
    inplace=True,
    moves=True,
)
def index_fill(input: Value, dim: int, index: Value, value: Value) -> Value:
    """A copy of `input` with `value`, a number or 0-dim tensor, in the slices of `dim` that `index` names."""
    at = one_dim(dim, input.ndim)
    if index.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    if np.ndim(value):
        raise RuntimeError(
            "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{np.ndim(value)} dimension(s)."
        )
    places = _within(index, at, _size(input, at), "index_fill_", -_size(input, at))
    return _replaced(input, at, places, fitting(value, input.dtype))


@index_fill.gradient("input")
def _(grad: Value, dim: int, index: Value) -> Value:
    return index_fill(grad, dim, index, 0.0)


@index_fill.gradient("value")
def _(grad: Value, dim: int, index: Value) -> Value:
    places, size = raw(index).reshape(-1), _size(raw(grad), one_dim(dim, grad.ndim))
    return sum(index_select(grad, dim, np.unique(np.where(places < 0, places + size, places))))
