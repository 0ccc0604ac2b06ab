"""Order along a dim: sorting, the k largest, the k-th, and the element that comes most often.

nan counts as larger than every number, as in PyTorch.
"""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.kernels.ordering import order_of, place_in_order
from gradloom.kernels.picking import first_in_order, picked
from gradloom.ops.movement.picking import picked_along, put_back
from gradloom.ops.movement.selection import gathered_back
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Shape, one_dim

_DISTINCT = floats(3, 4, distinct=True)


def _refuse_complex(input: Array) -> None:
    if input.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")


@op(
    samples=[sample(_DISTINCT), sample(_DISTINCT, 0, True)],
    meeting="as_is",
    returns=("values", "indices"),
)
def sort(input: Value, dim: int = -1, descending: bool = False, stable: bool = False) -> Value:
    """The elements in order along a dim, and where each was; equal ones keep their order."""
    _refuse_complex(input)
    at = one_dim(dim, input.ndim)
    if not input.ndim:
        return input.copy(), np.zeros((), np.int64)
    indices = order_of(input, at, descending)
    return picked(input, indices, at), indices


@sort.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, indices: Value) -> Value:
    return gathered_back(grad, input_shape, dim, raw(indices))


@op(samples=[sample(_DISTINCT), sample(_DISTINCT, 0, True)], meeting="as_is")
def argsort(input: Value, dim: int = -1, descending: bool = False, stable: bool = False) -> Value:
    """Where the elements are that come first, second, ... along a dim."""
    _refuse_complex(input)
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
    _refuse_complex(input)
    swapped = input.swapaxes(at, -1)
    rows = np.ascontiguousarray(swapped).reshape(-1 if input.size else 0, input.shape[at])
    shape = (*swapped.shape[:-1], k)
    values, indices = [each.reshape(shape).swapaxes(at, -1) for each in first_in_order(rows, k, largest)]
    return values, indices


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
