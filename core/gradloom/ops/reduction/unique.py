"""Distinct elements, and distinct slices along a dim."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.op import Value, composite, op
from gradloom.ops.sample import integers, sample
from gradloom.ops.shapes import one_dim


def _chosen(parts: tuple[Value, ...], return_inverse: bool, return_counts: bool) -> Any:
    values, inverse, counts = parts
    wanted = (values,) + (inverse,) * return_inverse + (counts,) * return_counts
    return wanted if len(wanted) > 1 else values


@composite(samples=[sample(integers(3, 4)), sample(integers(3, 2, high=2), True, True, True, 0)])
def unique(
    input: Value,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements in order, and on request where each element's is and how often it occurs."""
    return _chosen(unique_parts(input, dim), return_inverse, return_counts)


@composite(samples=[sample(integers(3, 4, high=2)), sample(integers(4, 1, high=2), True, True, 0)])
def unique_consecutive(
    input: Value, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements without those that equal the one before, and on request as for `unique`."""
    return _chosen(consecutive_parts(input, dim), return_inverse, return_counts)


def _rows(input: Array, dim: int | None) -> Array:
    """The elements, or the slices along `dim`, as rows of a matrix."""
    if dim is None:
        return input.reshape(-1, 1)
    at = one_dim(dim, input.ndim)
    if 0 in (*input.shape[:at], *input.shape[at + 1 :]):
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
        )
    count = input.shape[at] if input.ndim else 1
    return np.moveaxis(input, at, 0).reshape(count, input.size // max(count, 1))


def _changes(rows: Array) -> Array:
    """For each row whether it differs from the one before."""
    fresh = np.ones(len(rows), np.bool_)
    fresh[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return fresh


def _parts(input: Array, dim: int | None, rows: Array, order: Array | None) -> tuple[Array, Array, Array]:
    """Values, inverse and counts of rows that were put in `order`."""
    fresh = _changes(rows)
    starts = np.flatnonzero(fresh)
    inverse = np.empty(len(rows), np.int64)
    inverse[slice(None) if order is None else order] = np.cumsum(fresh) - 1
    counts = np.diff(np.append(starts, len(rows)))
    if dim is None:
        return rows[starts, 0], inverse.reshape(input.shape), counts
    places = starts if order is None else order[starts]
    return np.take(input, places, axis=dim) if input.ndim else input.reshape(1), inverse, counts


_RETURNS = ("values", "inverse", "counts")


@op(samples=[sample(integers(3, 4))], meeting="as_is", returns=_RETURNS, method=False)
def unique_parts(input: Value, dim: int | None = None) -> Value:
    """The distinct elements (or slices along `dim`), the place of each one's, and how often they occur."""
    rows = _rows(input, dim)
    order = np.lexsort(rows.T[::-1]) if rows.shape[1] else np.arange(len(rows))
    return _parts(input, dim, rows[order], order)


@op(samples=[sample(integers(3, 4, high=2))], meeting="as_is", returns=_RETURNS, method=False)
def consecutive_parts(input: Value, dim: int | None = None) -> Value:
    """The elements (or slices along `dim`) that differ from the one before, and as for `unique_parts`."""
    return _parts(input, dim, _rows(input, dim), None)
