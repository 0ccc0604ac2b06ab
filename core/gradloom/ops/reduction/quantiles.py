"""Medians and quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.kernels.ordering import order_of, place_in_order
from gradloom.ops.elementwise.arithmetic import lerp
from gradloom.ops.movement.picking import Find, picked_along, put_back
from gradloom.ops.movement.selection import gather, where
from gradloom.ops.movement.views import movedim, reshape, unsqueeze
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.reduction.ordering import sort
from gradloom.ops.reduction.reduce import sum  # noqa: A004
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape, one_dim

_DISTINCT = floats(3, 4, distinct=True)
_ALONG = [sample(_DISTINCT, 1), sample(_DISTINCT, 0, True)]


def _middle(array: Array, at: int) -> Array:
    """Where the median is, the lower one of two; where the first nan is if there is one."""
    middle = place_in_order(array, (array.shape[at] - 1) // 2, at)
    if array.dtype.kind == "f":
        unknown = np.isnan(array)
        middle = np.where(unknown.any(at), unknown.argmax(at), middle)
    return middle


def _middle_of_numbers(array: Array, at: int) -> Array:
    """Where the median of what is not nan is, the lower one of two."""
    counts = np.isnan(array).sum(axis=at, keepdims=True) if array.dtype.kind == "f" else 0
    places = np.maximum((array.shape[at] - 1 - counts) // 2, 0)
    shape = tuple([1 if each == at else size for each, size in enumerate(array.shape)])
    found: Array = np.take_along_axis(order_of(array, at), np.broadcast_to(places, shape), at).squeeze(at)
    return found


def _picked(input: Array, dim: int, keepdim: bool, find: Find) -> tuple[Array, Array]:
    if input.dtype.kind in "bc":
        raise NotImplementedError(f"\"median_cpu\" not implemented for '{legacy_name(input.dtype)}'")
    return picked_along(input, dim, keepdim, find, "median")


@op(samples=_ALONG, meeting="as_is", returns=("values", "indices"), method=False)
def median_along(input: Value, dim: int, keepdim: bool = False) -> Value:
    """The median along a dim, the lower one of two, and where it is."""
    return _picked(input, dim, keepdim, _middle)


@median_along.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    return put_back(grad, input_shape, dim, keepdim, indices)


@op(samples=_ALONG, meeting="as_is", returns=("values", "indices"), method=False)
def nanmedian_along(input: Value, dim: int, keepdim: bool = False) -> Value:
    """The median of what is not nan along a dim, the lower one of two, and where it is."""
    return _picked(input, dim, keepdim, _middle_of_numbers)


@nanmedian_along.gradient("input")
def _(grad: Value, input_shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    return put_back(grad, input_shape, dim, keepdim, indices)


def _of_all(name: str, find: Find) -> Any:
    """The median of all elements."""

    def forward(input: Value) -> Value:
        return _picked(input.reshape(-1), 0, False, find)[0]

    def rule(grad: Value, input: Value, out: Value) -> Value:
        values, middle = raw(input), raw(out)
        alike = np.isnan(values) if np.isnan(middle) else values == middle
        return grad * (alike / alike.sum()).astype(values.dtype)

    forward.__name__ = name
    forward.__doc__ = "The median of all elements. Equal ones share the gradient."
    made = op(samples=[sample(_DISTINCT)], meeting="as_is", method=False)(forward)
    made.gradient("input")(rule)
    return made


median_all = _of_all("median_all", _middle)
nanmedian_all = _of_all("nanmedian_all", _middle_of_numbers)


def _whole(of_all: Any, input: Value) -> Value:
    return of_all(input) if raw(input).size else sum(input) / 0


@composite(samples=[sample(_DISTINCT), *_ALONG])
def median(input: Value, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median, the lower one of two; with a dim, (values, indices) along it."""
    return _whole(median_all, input) if dim is None else median_along(input, dim, keepdim)


@composite(samples=[sample(_DISTINCT), *_ALONG])
def nanmedian(input: Value, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median of what is not nan; with a dim, (values, indices) along it."""
    return _whole(nanmedian_all, input) if dim is None else nanmedian_along(input, dim, keepdim)


_QUANTILES = [
    sample(_DISTINCT, 0.3),
    sample(_DISTINCT, 0.3, 1, True),
    sample(_DISTINCT, np.array([0.1, 0.6]), 0, interpolation="midpoint"),
]
_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


@composite(samples=_QUANTILES)
def quantile(
    input: Value, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Value:
    """The values below which the share `q` lies, of all elements or along a dim; nan if one is nan.

    Args:
        input: float32 or float64.
        q: a number in [0, 1], or a vector of them, which then is the first dim of the result.
        interpolation: "linear", "lower", "higher", "midpoint" or "nearest" between two elements.
    """
    return _quantile(input, q, dim, keepdim, interpolation, False)


@composite(samples=_QUANTILES)
def nanquantile(
    input: Value, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Value:
    """The same of what is not nan."""
    return _quantile(input, q, dim, keepdim, interpolation, True)


def _shares(q: Any, input: Array) -> Value:
    """`q` in the input's dtype; RuntimeError where it is none."""
    if input.dtype not in (np.float32, np.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if not hasattr(q, "dtype"):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q}")
        return np.asarray(q, input.dtype)
    shares: Array = raw(q)
    if shares.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if shares.dtype != input.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    return q


def _quantile(
    input: Value, q: Any, dim: int | None, keepdim: bool, interpolation: str, ignore_nan: bool
) -> Value:
    at = None if dim is None else one_dim(dim, input.ndim)
    shares = _shares(q, raw(input))
    if not raw(input).size:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    ndim = input.ndim
    rows = reshape(input, (-1,)) if at is None else movedim(input, at, -1) if ndim else unsqueeze(input, 0)
    result = _at_ranks(sort(rows, -1)[0], reshape(shares, (-1,)), interpolation, ignore_nan)
    if keepdim and ndim:
        if at is None:
            result = reshape(result, (1,) * (ndim - 1) + tuple(result.shape))
        result = movedim(unsqueeze(result, -2), -2, ndim - 1 if at is None else at)
    return movedim(result, -1, 0) if shares.ndim else reshape(result, tuple(result.shape)[:-1])


def _at_ranks(rows: Value, shares: Value, interpolation: str, ignore_nan: bool) -> Value:
    """For sorted rows the elements at those shares of their length, as a last dim."""
    values = raw(rows)
    last = values.shape[-1] - 1
    unknown = np.isnan(values)
    if ignore_nan:
        ends = np.maximum(last - unknown.sum(axis=-1, keepdims=True), 0).astype(values.dtype)
        ranks = shares * ends
    else:
        # A nan is sorted to the end, where every quantile of such a row then is.
        ranks = where(unknown[..., -1:], values.dtype.type(last), shares * last)
    places = raw(ranks)
    if interpolation in ("lower", "higher", "nearest"):
        rounding = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation]
        return gather(rows, -1, rounding(places).astype(np.int64))
    low = np.floor(places)
    weights = np.full_like(places, 0.5) if interpolation == "midpoint" else ranks - low
    below = gather(rows, -1, low.astype(np.int64))
    return lerp(below, gather(rows, -1, np.ceil(places).astype(np.int64)), weights)
