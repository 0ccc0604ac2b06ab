"""Bags of rows that stand behind each other: where they begin, and their maxima."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.movement.selection import gather
from gradloom.tensor import Tensor, wrap


def bounds_of_bags(input: Tensor, offsets: Tensor | None, include_last_offset: bool) -> Array:
    """Where each bag begins in `input.reshape(-1)`, and where the last one ends.

    ValueError or RuntimeError where shapes do not fit.
    """
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed "
                f"length sequences. However, found offsets of type {type(offsets)}"
            )
        return np.arange(input.shape[0] + 1) * input.shape[1]
    if input.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    starts = offsets.array
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position "
            f"0. However, got {starts[0]}"
        )
    if starts.size and starts[-1] > len(input):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {len(input)} but got offsets[-1] of "
            f"{starts[-1]}"
        )
    return starts if include_last_offset else np.append(starts, len(input))


def bag_maxima(values: Tensor, bounds: Array, counted: Array) -> Tensor:
    """The largest of each column in each bag, zero where nothing is counted.

    Shapes: values (n, d), bounds (bags + 1), counted (n); the result is (bags, d).
    """
    array, bags = values.array, len(bounds) - 1
    at = np.zeros((bags, array.shape[1]), np.int64)
    filled = np.zeros(bags, bool)
    for bag, (start, stop) in enumerate(pairwise(bounds)):
        rows = start + np.flatnonzero(counted[start:stop])
        if rows.size:
            at[bag], filled[bag] = rows[array[rows].argmax(axis=0)], True
    if not len(array):
        return wrap(np.zeros(at.shape, array.dtype)) + values.sum()
    result: Tensor = gather(values, 0, wrap(at)) * wrap(filled.astype(array.dtype)[:, None])
    return result
