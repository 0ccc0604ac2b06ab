"""Writing elements of one tensor to the places in another that an index tensor names along a dim."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.adding import add_at
from gradloom.kernels.picking import add_to_picked
from gradloom.ops.movement.masking import masked_fill
from gradloom.ops.movement.selection import check_index, gather, places_along, where
from gradloom.ops.movement.slicing import basic_index, scatter_to
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Shape, one_dim

_COLUMNS = np.array([[0, 2], [1, 4], [3, 0]])
_TWICE = np.array([[0, 2], [1, 1], [0, 0]])


def _prepared(input: Array, dim: int, index: Array, src: Any, name: str) -> tuple[Array, Any, Any]:
    """A copy of `input`, the advanced index into it, and the part of `src` that belongs there."""
    result, at, index, part = _aligned(input, dim, index, src, name)
    if not index.size:
        return result, (slice(0, 0),), part
    return result, places_along(at, index), part


def _aligned(input: Array, dim: int, index: Array, src: Any, name: str) -> tuple[Array, int, Array, Any]:
    """A copy of `input`, the dim from the front, `index`, and the part of `src` that belongs to it."""
    several = isinstance(src, np.ndarray)
    if several and src.dtype != input.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
    at, whole, index = check_index(input, dim, index, name, "self", src if several else None)
    if not index.size:
        return whole.copy(), at, index, np.zeros((0, *whole.shape[1:]), whole.dtype)
    part = np.atleast_1d(src)[tuple([slice(0, size) for size in index.shape])] if several else src
    return whole.copy(), at, index, part


def _gathered(grad: Value, dim: int, index: Value, shape: Shape) -> Value:
    """What flows back to a source of `shape`: nothing where `index` did not reach."""
    found = gather(grad, dim, index)
    if tuple(found.shape) == tuple(shape):
        return found
    return scatter_to(found, tuple(shape), tuple([slice(0, size) for size in found.shape]))


@op(
    samples=[sample(floats(3, 5), 1, _COLUMNS, floats(3, 2)), sample(floats(), 0, np.array(0), floats())],
    meeting="as_is",
    method=False,
    moves=True,
)
def scattered(input: Value, dim: int, index: Value, src: Value) -> Value:
    """A copy of `input` into which `src`, a tensor or a number, is written where `index` says along `dim`."""
    result, places, part = _prepared(input, dim, index, src, "scatter")
    result[places] = part
    return result.reshape(input.shape)


@scattered.gradient("input")
def _(grad: Value, dim: int, index: Value) -> Value:
    return scattered(grad, dim, index, 0.0)


@scattered.gradient("src")
def _(grad: Value, dim: int, index: Value, src_shape: Shape) -> Value:
    return _gathered(grad, dim, index, src_shape)


@composite(
    samples=[sample(floats(3, 5), 1, _COLUMNS, floats(3, 2)), sample(floats(3, 5), 1, _COLUMNS, 2.5)],
    inplace=True,
)
def scatter(
    input: Value, dim: int, index: Value, src: Value = None, *, value: Any = None, reduce: str | None = None
) -> Value:
    """A copy of `input` into which `src`, or a number, is written where `index` says along `dim`.

    With `reduce`, "add" or "multiply", it is added to what is there, or multiplied with it.
    """
    given = value if src is None else src
    if reduce is None:
        return scattered(input, dim, index, given)
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    return scattered_by(input, dim, index, given, reduce)


@op(samples=[sample(integers(3, 5), 1, _TWICE, 2, "add")], meeting="as_is", method=False)
def scattered_by(input: Value, dim: int, index: Value, src: Value, reduce: str) -> Value:
    """A copy of `input` to which `src` is added, or with which it is multiplied, where `index` says."""
    result, places, part = _prepared(input, dim, index, src, "scatter")
    combine = np.add if reduce == "add" else np.multiply
    combine.at(result, places, np.asarray(part, input.dtype))
    return result.reshape(input.shape)


@op(
    samples=[
        sample(floats(3, 5), 1, integers(3, 2, high=5), floats(3, 2)),
        sample(floats(), 0, np.array(0), floats()),
    ],
    meeting="as_is",
    inplace=True,
)
def scatter_add(input: Value, dim: int, index: Value, src: Value) -> Value:
    """A copy of `input` to which `src` is added where `index` says along `dim`."""
    result, at, places, part = _aligned(input, dim, index, src, "scatter")
    if places.size:
        add_to_picked(result, places, part, at)
    return result.reshape(input.shape)


@scatter_add.gradient("input")
def _(grad: Value) -> Value:
    return grad


@scatter_add.gradient("src")
def _(grad: Value, dim: int, index: Value, src_shape: Shape) -> Value:
    return _gathered(grad, dim, index, src_shape)


def _limit(dtype: Any, largest: bool) -> Any:
    """The largest or smallest value of a dtype."""
    if dtype.kind == "b":
        return largest
    if dtype.kind in "iu":
        return np.iinfo(dtype).max if largest else np.iinfo(dtype).min
    return np.inf if largest else -np.inf


_REDUCTIONS: dict[str, tuple[np.ufunc, Callable[[Any], Any]]] = {
    "sum": (np.add, lambda dtype: 0),
    "mean": (np.add, lambda dtype: 0),
    "prod": (np.multiply, lambda dtype: 1),
    "amax": (np.maximum, lambda dtype: _limit(dtype, False)),
    "amin": (np.minimum, lambda dtype: _limit(dtype, True)),
}


@op(
    samples=[
        sample(
            floats(3, 5, distinct=True), 1, _TWICE, floats(3, 2, low=-3.1, high=3.0, distinct=True), reduce
        )
        for reduce in ("sum", "mean", "prod", "amax", "amin")
    ]
    + [
        sample(floats(3, 5, distinct=True), 1, _TWICE, floats(3, 2), "prod", include_self=False),
        sample(floats(3, 5, distinct=True), 1, _TWICE, floats(3, 2), "mean", include_self=False),
    ],
    meeting="as_is",
    inplace=True,
)
def scatter_reduce(
    input: Value, dim: int, index: Value, src: Value, reduce: str, include_self: bool = True
) -> Value:
    """A copy of `input` with what `src` holds for a place, and what was there, brought together by `reduce`.

    Args:
        input: what is copied.
        dim: the dim along which `index` names places.
        index: integers, within `input` apart from `dim` and within `src`.
        src: of the input's dtype.
        reduce: "sum", "prod", "mean", "amax" or "amin".
        include_self: whether what was there counts.
    """
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    result, places, part = _prepared(input, dim, index, src, "scatter")
    combine, neutral = _REDUCTIONS[reduce]
    if not include_self:
        result[places] = neutral(result.dtype)
    if combine is np.add:
        add_at(result, places, part)
    else:
        combine.at(result, places, part)
    if reduce == "mean":
        counts = np.full(result.shape, int(include_self))
        add_at(counts, places, 1)
        divide = np.true_divide if result.dtype.kind in "fc" else np.floor_divide
        result = divide(result, np.maximum(counts, 1)).astype(result.dtype)
    return result.reshape(input.shape)


@scatter_reduce.gradient("input", "src")
def _(
    grad: Value,
    input: Value,
    src: Value,
    out: Value,
    dim: int,
    index: Value,
    reduce: str,
    include_self: bool,
) -> tuple[Value, Value]:
    if not raw(index).size:
        return grad, src * 0
    own, given = _SHARES[reduce](grad, input, _within(src, index), out, dim, index, include_self)
    if not include_self:
        own = scattered(own, dim, index, 0.0)
    if tuple(given.shape) != tuple(src.shape):
        given = scatter_to(given, tuple(src.shape), tuple([slice(0, size) for size in given.shape]))
    return own, given


def _within(src: Value, index: Value) -> Value:
    """The part of `src` that `index` reaches."""
    if tuple(src.shape) == tuple(index.shape):
        return src
    return basic_index(src, tuple([slice(0, size) for size in index.shape]))


def _of_sum(
    grad: Value, input: Value, src: Value, out: Value, dim: int, index: Value, include_self: bool
) -> tuple[Value, Value]:
    return grad, gather(grad, dim, index)


def _of_mean(
    grad: Value, input: Value, src: Value, out: Value, dim: int, index: Value, include_self: bool
) -> tuple[Value, Value]:
    values = raw(input)
    counts = np.full(values.shape, float(include_self), values.dtype)
    counts = np.maximum(scatter_add(counts, dim, raw(index), np.ones_like(raw(src))), 1)
    return grad / counts, gather(grad / counts, dim, index)


def _of_prod(
    grad: Value, input: Value, src: Value, out: Value, dim: int, index: Value, include_self: bool
) -> tuple[Value, Value]:
    """Each factor's gradient is the product of the others; a single zero's is that of all that are not."""
    zero_here = raw(input) == 0
    nonzero = masked_fill(input, zero_here, 1)
    own = grad * scatter_reduce(nonzero, dim, index, src, "prod", include_self) / nonzero
    zeros = raw(src) == 0
    counts = np.zeros(raw(input).shape, np.int64)
    counts = scatter_add(counts, dim, raw(index), zeros.astype(np.int64))
    single = zeros & (gather(counts, dim, raw(index)) == 1)
    without = scatter_reduce(input, dim, index, masked_fill(src, single, 1), "prod", include_self)
    others = gather(grad * out, dim, index) / masked_fill(src, zeros, 1)
    return own, where(single, gather(grad * without, dim, index), others)


def _of_extreme(
    grad: Value, input: Value, src: Value, out: Value, dim: int, index: Value, include_self: bool
) -> tuple[Value, Value]:
    """Equal extremes share the gradient."""
    kind = raw(grad).dtype
    here = (raw(input) == raw(out)).astype(kind)
    there = (raw(src) == gather(raw(out), dim, raw(index))).astype(kind)
    share = grad / scatter_add(here, dim, raw(index), there)
    return share * here, gather(share, dim, index) * there


_SHARES = {"sum": _of_sum, "mean": _of_mean, "prod": _of_prod, "amax": _of_extreme, "amin": _of_extreme}


def _spread_index(index: Array, at: int, shape: Shape) -> Array:
    """An index of slices along a dim as one of elements, `shape` being that of the slices together."""
    return np.broadcast_to(index.reshape((-1,) + (1,) * (len(shape) - at - 1)), shape)


@composite(
    samples=[
        sample(
            floats(3, 4, distinct=True), 1, np.array([0, 2, 0]), floats(3, 3, distinct=True, low=-3.1), "amax"
        ),
        sample(floats(3, 4), 1, np.array([0, 2, 0]), floats(3, 3), "prod", include_self=False),
    ],
    inplace=True,
)
def index_reduce(
    input: Value, dim: int, index: Value, source: Value, reduce: str, *, include_self: bool = True
) -> Value:
    """A copy of `input` with the slices of `dim` that `index` names brought together with those of `source`.

    The other arguments are those of `scatter_reduce`, whose "sum" is `index_add`.
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}."
        )
    places, at = raw(index), one_dim(dim, input.ndim)
    size = input.shape[at] if input.ndim else 1
    if places.size and (places.min() < 0 or places.max() >= size):
        raise IndexError("index out of range in self")
    shape = tuple(source.shape) or (1,)
    wide = _spread_index(places, at, shape).reshape(tuple(source.shape))
    return scatter_reduce(input, dim, wide, source, reduce, include_self)
