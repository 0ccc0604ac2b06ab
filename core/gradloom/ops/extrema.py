"""The largest and the smallest: of all elements, along a dim, and in order."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.bounds import maximum, minimum
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.reduce import fold, spread_back
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.selection import gathered_back
from gradloom.ops.shapes import Dims, Shape, all_dims, one_dim
from gradloom.ops.views import reshape, unsqueeze

_ALL = [
    sample(floats(3, 4, distinct=True)),
    sample(floats(2, 3, 4, distinct=True), (0, 2)),
    sample(floats(3, 4, distinct=True), 1, True),
]
_ALONG = [sample(floats(3, 4, distinct=True), 1), sample(floats(3, 4, distinct=True), 0, True)]
_WHERE = [
    sample(floats(3, 4, distinct=True)),
    sample(floats(3, 4, distinct=True), 1),
    sample(integers(3, 4), 0, True),
]


@op(samples=_ALL, meeting="as_is")
def amax(input: Value, dim: Dims = None, keepdim: bool = False) -> Value:
    """The largest element of all, or over `dim`. Equal ones share the gradient."""
    return fold(np.maximum, input, _not_empty(input, dim), keepdim)


@amax.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: Dims) -> Value:
    return spread_back(grad, dim, tuple(input.shape)) * _shares(raw(input), raw(out), dim)


@op(samples=_ALL, meeting="as_is")
def amin(input: Value, dim: Dims = None, keepdim: bool = False) -> Value:
    """The smallest element of all, or over `dim`. Equal ones share the gradient."""
    return fold(np.minimum, input, _not_empty(input, dim), keepdim)


@amin.gradient("input")
def _(grad: Value, input: Value, out: Value, dim: Dims) -> Value:
    return spread_back(grad, dim, tuple(input.shape)) * _shares(raw(input), raw(out), dim)


def _not_empty(input: Array, dim: Dims) -> tuple[int, ...]:
    axes = all_dims(dim, input.ndim)
    if not input.size and any(input.shape[at] == 0 for at in axes):
        raise RuntimeError(
            "max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
            "dim with the 'dim' argument."
        )
    return axes


def _shares(input: Array, out: Array, dim: Dims) -> Array:
    """For each element 0, or 1 divided by the number of those that are as extreme."""
    reached = input == spread_back(out, dim, input.shape)
    count = np.add.reduce(reached, axis=all_dims(dim, input.ndim), keepdims=True)
    shares: Array = (reached / count).astype(input.dtype)
    return shares


def _along(input: Array, dim: int, keepdim: bool, find: Any) -> tuple[Array, Array]:
    """The extremes along a dim, and where they are."""
    if not input.ndim:
        return input.copy(), np.zeros((), np.int64)
    at = one_dim(dim, input.ndim)
    if not input.shape[at]:
        raise IndexError(f"max(): Expected reduction dim {at} to have non-zero size.")
    indices = np.expand_dims(find(input, at), at)
    values = np.take_along_axis(input, indices, at)
    return (values, indices) if keepdim else (values.squeeze(at), indices.squeeze(at))


def _put_back(grad: Value, shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    """The gradient of what was picked along `dim`, at the places it was picked from."""
    places = raw(indices)
    if not keepdim and shape:
        grad, places = (
            unsqueeze(grad, one_dim(dim, len(shape))),
            np.expand_dims(places, one_dim(dim, len(shape))),
        )
    return gathered_back(grad, shape, dim, places)


@op(samples=_ALONG, meeting="as_is", returns=("values", "indices"), method=False)
def max_along(input: Value, dim: int, keepdim: bool = False) -> Value:
    """The largest element along a dim, and where it is."""
    return _along(input, dim, keepdim, np.argmax)


@max_along.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    return _put_back(grad, input_shape, dim, keepdim, indices)


@op(samples=_ALONG, meeting="as_is", returns=("values", "indices"), method=False)
def min_along(input: Value, dim: int, keepdim: bool = False) -> Value:
    """The smallest element along a dim, and where it is."""
    return _along(input, dim, keepdim, np.argmin)


@min_along.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    return _put_back(grad, input_shape, dim, keepdim, indices)


@composite(samples=[_ALL[0], *_ALONG, sample(floats(3, 4, distinct=True), floats(3, 4))])
def max(input: Value, dim: Any = None, keepdim: bool = False, other: Value = None) -> Any:  # noqa: A001
    """The largest; with a dim, (values, indices) along it; with a tensor, the larger of each pair."""
    pair = other if other is not None else dim
    if pair is not None and not isinstance(pair, int):
        return maximum(input, pair)
    return amax(input) if dim is None else max_along(input, dim, keepdim)


@composite(samples=[_ALL[0], *_ALONG, sample(floats(3, 4, distinct=True), floats(3, 4))])
def min(input: Value, dim: Any = None, keepdim: bool = False, other: Value = None) -> Any:  # noqa: A001
    """The smallest; with a dim, (values, indices) along it; with a tensor, the smaller of each pair."""
    pair = other if other is not None else dim
    if pair is not None and not isinstance(pair, int):
        return minimum(input, pair)
    return amin(input) if dim is None else min_along(input, dim, keepdim)


def _position(input: Array, dim: int | None, keepdim: bool, find: Any) -> Array:
    if not input.size:
        raise IndexError("argmax(): Expected reduction dim to be specified for input.numel() == 0.")
    if dim is None:
        found = np.asarray(find(input))
        return found.reshape((1,) * input.ndim) if keepdim else found
    return _along(input, dim, keepdim, find)[1]


@op(samples=_WHERE, meeting="as_is")
def argmax(input: Value, dim: int | None = None, keepdim: bool = False) -> Value:
    """Where the largest element is, of all or along a dim; the first if there are several."""
    return _position(input, dim, keepdim, np.argmax)


@op(samples=_WHERE, meeting="as_is")
def argmin(input: Value, dim: int | None = None, keepdim: bool = False) -> Value:
    """Where the smallest element is, of all or along a dim; the first if there are several."""
    return _position(input, dim, keepdim, np.argmin)


def _order(input: Array, at: int, descending: bool) -> Array:
    """A stable order along `at`."""
    if not descending:
        return np.argsort(input, axis=at, kind="stable")
    backward = np.argsort(np.flip(input, at), axis=at, kind="stable")
    order: Array = input.shape[at] - 1 - np.flip(backward, at)
    return order


@op(
    samples=[sample(floats(3, 4, distinct=True)), sample(floats(3, 4, distinct=True), 0, True)],
    meeting="as_is",
    returns=("values", "indices"),
)
def sort(input: Value, dim: int = -1, descending: bool = False, stable: bool = False) -> Value:
    """The elements in order along a dim, and where each was; equal ones keep their order."""
    if not input.ndim:
        return input.copy(), np.zeros((), np.int64)
    at = one_dim(dim, input.ndim)
    indices = _order(input, at, descending)
    return np.take_along_axis(input, indices, at), indices


@sort.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, indices: Value) -> Value:
    return gathered_back(grad, input_shape, dim, raw(indices))


@op(
    samples=[sample(floats(3, 4, distinct=True)), sample(floats(3, 4, distinct=True), 0, True)],
    meeting="as_is",
)
def argsort(input: Value, dim: int = -1, descending: bool = False, stable: bool = False) -> Value:
    """Where the elements are that come first, second, ... along a dim."""
    return _order(input, one_dim(dim, input.ndim), descending) if input.ndim else np.zeros((), np.int64)


@op(
    samples=[sample(floats(3, 5, distinct=True), 2), sample(floats(3, 5, distinct=True), 2, 0, False)],
    meeting="as_is",
    returns=("values", "indices"),
)
def topk(input: Value, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Value:
    """The `k` largest elements along a dim in order, or the smallest, and where they are."""
    at = one_dim(dim, input.ndim)
    if not 0 <= k <= input.shape[at]:
        raise RuntimeError("selected index k out of range")
    indices = np.take(_order(input, at, largest), range(k), axis=at)
    return np.take_along_axis(input, indices, at), indices


@topk.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, indices: Value) -> Value:
    return gathered_back(grad, input_shape, dim, raw(indices))


@op(samples=_ALONG, meeting="as_is", returns=("values", "indices"), method=False)
def median_along(input: Value, dim: int, keepdim: bool = False) -> Value:
    """The median along a dim, the lower one of two, and where it is."""

    def find(array: Array, at: int) -> Array:
        middle: Array = np.take(_order(array, at, False), (array.shape[at] - 1) // 2, axis=at)
        return middle

    return _along(input, dim, keepdim, find)


@median_along.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    return _put_back(grad, input_shape, dim, keepdim, indices)


@composite(samples=[_ALL[0], *_ALONG])
def median(input: Value, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median, the lower one of two; with a dim, (values, indices) along it."""
    if dim is None:
        return median_along(reshape(input, (-1,)), 0)[0]
    return median_along(input, dim, keepdim)


@composite(samples=[sample(integers(3, 4))])
def unique(
    input: Value,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements in order, and on request where each element's is and how often it occurs."""
    values, inverse, counts = unique_parts(input, dim)
    parts = [values] + [inverse] * return_inverse + [counts] * return_counts
    return tuple(parts) if len(parts) > 1 else values


@op(samples=[sample(integers(3, 4))], meeting="as_is", returns=("values", "inverse", "counts"), method=False)
def unique_parts(input: Value, dim: int | None = None) -> Value:
    """The distinct elements (or slices along `dim`), the place of each one's, and how often they occur."""
    values, inverse, counts = np.unique(input, return_inverse=True, return_counts=True, axis=dim)
    return values, inverse.reshape(input.shape if dim is None else -1), counts
