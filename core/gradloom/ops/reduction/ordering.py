"""Order along a dim: sorting, the k largest, the k-th, and the element that comes most often.

nan counts as larger than every number, as in PyTorch.
"""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.kernels.copying import row_major
from gradloom.ops.movement.picking import picked_along, put_back
from gradloom.ops.movement.selection import gathered_back
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Shape, one_dim

_DISTINCT = floats(3, 4, distinct=True)


# NumPy has put a smaller array in a stable order before its numbers are made integers.
_LEAST = 1024


def order_of(input: Array, at: int, descending: bool = False) -> Array:
    """A stable order along `at`."""
    if input.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    if input.dtype == np.float32 and input.size >= _LEAST:
        return row_major(np.moveaxis(_order_of_rows(np.moveaxis(input, at, -1), descending), -1, at))
    if not descending:
        return np.argsort(input, axis=at, kind="stable")
    backward = np.argsort(np.flip(input, at), axis=at, kind="stable")
    order: Array = input.shape[at] - 1 - np.flip(backward, at)
    return order


def _order_of_rows(rows: Array, descending: bool) -> Array:
    """A stable order along the last dim of float32.

    Integers in the numbers' order with the places behind them are sorted several times as fast as places by
    numbers.
    """
    keys = (rows + np.float32(0)).view(np.int32)  # -0 is 0
    keys ^= (keys >> 31) & np.int32(0x7FFFFFFF)
    keys[np.isnan(rows)] = np.int32(0x7FFFFFFF)
    if descending:
        np.invert(keys, out=keys)
    places = keys.astype(np.int64)
    places <<= 32
    places |= np.arange(rows.shape[-1])
    places.sort(axis=-1)
    places &= 0xFFFFFFFF
    return places


def place_in_order(array: Array, number: int, at: int) -> Array:
    """Where along `at` the element is that comes at `number`, counted from 0, in a stable order."""
    found = np.take(np.partition(array, number, axis=at), [number], axis=at)
    alike, below = array == found, array < found
    if array.dtype.kind == "f" and np.isnan(found).any():
        unknown = np.isnan(found)
        alike |= np.isnan(array) & unknown
        below |= ~np.isnan(array) & unknown
    earlier = number - np.count_nonzero(below, axis=at, keepdims=True)
    if earlier.any():
        alike &= np.cumsum(alike, at) > earlier
    return np.asarray(alike.argmax(at))


@op(
    samples=[sample(_DISTINCT), sample(_DISTINCT, 0, True)],
    meeting="as_is",
    returns=("values", "indices"),
)
def sort(input: Value, dim: int = -1, descending: bool = False, stable: bool = False) -> Value:
    """The elements in order along a dim, and where each was; equal ones keep their order."""
    at = one_dim(dim, input.ndim)
    if not input.ndim:
        return input.copy(), np.zeros((), np.int64)
    indices = order_of(input, at, descending)
    return np.take_along_axis(input, indices, at), indices


@sort.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, indices: Value) -> Value:
    return gathered_back(grad, input_shape, dim, raw(indices))


@op(samples=[sample(_DISTINCT), sample(_DISTINCT, 0, True)], meeting="as_is")
def argsort(input: Value, dim: int = -1, descending: bool = False, stable: bool = False) -> Value:
    """Where the elements are that come first, second, ... along a dim."""
    at = one_dim(dim, input.ndim)
    return order_of(input, at, descending) if input.ndim else np.zeros((), np.int64)


@composite(samples=[sample(floats(4, 3, distinct=True))])
def msort(input: Value) -> Value:
    """The elements in order along the first dim."""
    return sort(input, 0)[0]


@op(
    samples=[sample(floats(3, 5, distinct=True), 2), sample(floats(3, 5, distinct=True), 2, 0, False)],
    meeting="as_is",
    returns=("values", "indices"),
)
def topk(input: Value, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Value:
    """The `k` largest elements along a dim in order, or the smallest, and where they are."""
    at = one_dim(dim, input.ndim)
    if not 0 <= k <= (input.shape[at] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if input.dtype.kind == "b":
        raise RuntimeError("topk does not support bool dtypes on CPU")
    if not input.ndim:
        return input.copy(), np.zeros((), np.int64)
    indices = np.take(order_of(input, at, largest), range(k), axis=at)
    return np.take_along_axis(input, indices, at), indices


@topk.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, indices: Value) -> Value:
    return gathered_back(grad, input_shape, dim, raw(indices))


@op(
    samples=[sample(_DISTINCT, 2), sample(_DISTINCT, 3, 0, True)],
    meeting="as_is",
    returns=("values", "indices"),
)
def kthvalue(input: Value, k: int, dim: int = -1, keepdim: bool = False) -> Value:
    """The `k`-th smallest element along a dim, counted from 1, and where it is."""
    at = one_dim(dim, input.ndim)
    size = input.shape[at] if input.ndim else 1
    if size and not 1 <= k <= size:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {at}")
    if input.dtype.kind in "bc":
        raise NotImplementedError(f"\"kthvalue_cpu\" not implemented for '{legacy_name(input.dtype)}'")

    def find(array: Array, at: int) -> Array:
        return place_in_order(array, k - 1, at)

    return picked_along(input, at, keepdim, find, "kthvalue")


@kthvalue.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    return put_back(grad, input_shape, dim, keepdim, indices)


@op(
    samples=[sample(integers(3, 6, high=3)), sample(_DISTINCT, 0, True)],
    meeting="as_is",
    returns=("values", "indices"),
)
def mode(input: Value, dim: int = -1, keepdim: bool = False) -> Value:
    """The element that comes most often along a dim, the smallest of several, and where it comes last."""

    def find(array: Array, at: int) -> Array:
        order = np.moveaxis(order_of(array, at), at, -1)
        sorted_values = np.take_along_axis(np.moveaxis(array, at, -1), order, -1)
        fresh = np.ones(sorted_values.shape, np.bool_)
        fresh[..., 1:] = sorted_values[..., 1:] != sorted_values[..., :-1]
        places = np.arange(order.shape[-1])
        lengths = places - np.maximum.accumulate(np.where(fresh, places, 0), axis=-1)
        longest = np.argmax(lengths, -1)[..., None]
        return np.take_along_axis(order, longest, -1)[..., 0]

    return picked_along(input, one_dim(dim, input.ndim), keepdim, find, "mode")


@mode.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    return put_back(grad, input_shape, dim, keepdim, indices)
