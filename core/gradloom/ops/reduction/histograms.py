"""Counting: how often each integer comes, and how many values fall between edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.ops.movement.views import reshape
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.results import result_type
from gradloom.ops.sample import floats, integers, sample


@op(
    samples=[sample(integers(6)), sample(integers(6), floats(6)), sample(integers(6), None, 9)],
    meeting="as_is",
)
def bincount(input: Value, weights: Value | None = None, minlength: int = 0) -> Value:
    """How often 0, 1, ... come in a vector of integers, or the sums of their weights."""
    if input.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{legacy_name(input.dtype)}'")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if input.ndim != 1 or (input < 0).any():
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return np.bincount(input, minlength=minlength).astype(np.int64)
    if weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    kind = weights.dtype if weights.dtype == np.float32 else np.dtype(np.float64)
    return np.bincount(input, weights, minlength).astype(kind)


def _bounds(values: Array, low: float, high: float, margin: float) -> tuple[float, float]:
    """The outer edges: those given, or those of the values if both are equal, with a margin around one."""
    if low == high:
        low, high = (values.min(), values.max()) if values.size else (0.0, 2 * margin)
        return (low - margin, high + margin) if low == high else (low, high)
    return low, high


def _check_bins(bins: int, dim: int = 0) -> None:
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {dim}")


@op(samples=[sample(floats(20), 5), sample(floats(20), 4, -1, 1)], meeting="as_is")
def histc(input: Value, bins: int = 100, min: float = 0, max: float = 0) -> Value:
    """How many elements fall into each of `bins` equal parts of [min, max], in the input's dtype."""
    if input.dtype.kind != "f":
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{legacy_name(input.dtype)}'")
    _check_bins(bins)
    if min > max:
        raise RuntimeError("torch.histc: max must be larger than min")
    low, high = _bounds(input, min, max, 1.0)
    if not np.isfinite([low, high]).all():
        raise RuntimeError(f"torch.histc: range of [{low}, {high}] is not finite")
    values = input[(input >= low) & (input <= high)]
    places = ((values - low) / (high - low) * bins).astype(np.int64)
    return np.bincount(np.minimum(places, bins - 1), minlength=bins).astype(input.dtype)


@op(samples=[sample(floats(20, 2), 1, 4)], meeting="as_is", method=False)
def even_edges(input: Value, dim: int, bins: int, low: float = 0, high: float = 0) -> Value:
    """The edges of `bins` equal parts from `low` to `high`, or of the range of a column if both are equal."""
    _check_bins(bins, dim)
    if low > high:
        raise RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension "
            f"{dim}"
        )
    first, last = _bounds(input[:, dim], low, high, 0.5)
    if not np.isfinite([first, last]).all():
        raise RuntimeError(f"torch.histogramdd: dimension {dim}'s range [{first}, {last}] is not finite")
    return np.linspace(first, last, bins + 1).astype(input.dtype)


@op(
    samples=[sample(floats(20, 1), None, (np.array([-1.0, 0.0, 2.0]),))],
    meeting="as_is",
    method=False,
)
def between_edges(
    input: Value, weight: Value | None, edges: tuple[Array, ...], density: bool = False
) -> Value:
    """How many rows, or what weight of them, fall between the edges of each column; or their density."""
    counts = tuple([len(each) - 1 for each in edges])
    within = np.ones(len(input), np.bool_)
    places = []
    for column, edge in zip(input.T, edges, strict=True):
        within &= (column >= edge[0]) & (column <= edge[-1])
        place = np.searchsorted(edge, column, side="right") - 1
        places.append(np.where(column == edge[-1], len(edge) - 2, place))
    inside = np.ravel_multi_index(tuple([each[within] for each in places]), counts)
    weights = None if weight is None else weight.reshape(-1)[within]
    found = np.bincount(inside, weights, int(np.prod(counts))).reshape(counts)
    if density:
        found = found / found.sum()
        for at, edge in enumerate(edges):
            found = found / np.diff(edge).reshape((-1,) + (1,) * (len(edges) - at - 1))
    return found.astype(input.dtype)


_Histogram = result_type("histogram", ("hist", "bin_edges"))


@composite(samples=[sample(floats(20), 5), sample(floats(20), 4, range=(-1.0, 1.0), density=True)])
def histogram(
    input: Value,
    bins: Any,
    *,
    range: tuple[float, float] | None = None,
    weight: Value = None,
    density: bool = False,
) -> Any:
    """(hist, bin_edges): how many elements fall between edges, given themselves or as a number of parts."""
    hist, edges = _histogram(reshape(input, (-1, 1)), [bins], range, weight, density)
    return _Histogram(hist, edges[0])


_HistogramDD = result_type("histogramdd", ("hist", "bin_edges"))


@composite(samples=[sample(floats(20, 2), [3, 4])], method=False)
def histogramdd(
    input: Value,
    bins: Any,
    range: Sequence[float] | None = None,
    weight: Value = None,
    density: bool = False,
) -> Any:
    """The same for points, whose coordinates are the last dim: hist has one dim for each of them."""
    if input.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    count = input.shape[-1]
    parts = [bins] * count if isinstance(bins, int) else list(bins)
    if len(parts) != count:
        raise RuntimeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input."
        )
    return _HistogramDD(*_histogram(reshape(input, (-1, count)), parts, range, weight, density))


def _histogram(
    rows: Value, bins: list[Any], range: Sequence[float] | None, weight: Value, density: bool
) -> tuple[Value, tuple[Value, ...]]:
    if raw(rows).dtype.kind != "f":
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{legacy_name(raw(rows).dtype)}'")
    if weight is not None and raw(weight).size != len(raw(rows)):
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input "
            f"tensor excluding its innermost dimension, but got input with shape {list(rows.shape)} and "
            f"weight with shape {list(weight.shape)}"
        )
    edges = []
    for at, each in enumerate(bins):
        if isinstance(each, int):
            low, high = (0, 0) if range is None else (range[2 * at], range[2 * at + 1])
            edges.append(even_edges(rows, at, each, low, high))
        elif each.ndim != 1:
            raise RuntimeError(
                f"torch.histogramdd: bins tensor should have one dimension, but got {each.ndim} dimensions "
                f"in the bins tensor for dimension {at}"
            )
        else:
            edges.append(each)
    return between_edges(rows, weight, tuple([raw(each) for each in edges]), density), tuple(edges)
