"""Padding with values from the input itself, and its transpose, which returns them where they came from."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.windows import Sides
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape

_SAMPLES = [
    (((1, 2),), "reflect"),
    (((0, 1), (2, 1)), "replicate"),
    (((3, 0), (-1, 2)), "circular"),
    (((-1, 2), (1, -2)), "replicate"),
]


@op(
    samples=[sample(floats(2, 3, 4), sides, mode) for sides, mode in _SAMPLES],
    meeting="as_is",
    moves=True,
    method=False,
)
def edge_pad(input: Value, sides: Sides, mode: str) -> Value:
    """The last dimensions enlarged by (before, after): mirrored, or their edge repeated, or wrapped around.

    Negative sizes crop.
    """
    padded = input
    for axis, (before, after) in enumerate(sides, input.ndim - len(sides)):
        if before or after:
            padded = _enlarged(padded, axis, before, after, mode)
    return padded.copy() if padded is input else padded


@edge_pad.gradient("input")
def _(grad: Value, input_shape: Shape, sides: Sides, mode: str) -> Value:
    return edge_pad_back(grad, input_shape, sides, mode)


@op(
    samples=[
        sample(
            floats(2, *(size + sum(each) for size, each in zip((3, 4)[-len(sides) :], sides, strict=True))),
            (2, 3, 4)[:1] + (3, 4)[-len(sides) :],
            sides,
            mode,
        )
        for sides, mode in _SAMPLES
    ],
    meeting="as_is",
    method=False,
)
def edge_pad_back(padded: Value, shape: Shape, sides: Sides, mode: str) -> Value:
    """For each position of an input of `shape` the sum of what stands where `edge_pad` shows it."""
    back = padded
    for axis, (before, after) in enumerate(sides, padded.ndim - len(sides)):
        if before or after:
            back = _returned(back, axis, shape[axis], before, after, mode)
    return back.copy() if back is padded else back


@edge_pad_back.gradient("padded")
def _(grad: Value, sides: Sides, mode: str) -> Value:
    return edge_pad(grad, sides, mode)


def _shown(length: int, before: int, after: int, mode: str) -> Array:
    """The positions of the input that stand at each position of the result."""
    at = np.arange(-before, length + after)
    if mode == "replicate":
        return np.clip(at, 0, length - 1)
    if mode == "reflect":
        mirrored: Array = length - 1 - np.abs(length - 1 - np.abs(at))
        return mirrored
    first, last = max(-before, 0), length - max(-after, 0)  # what is cropped does not come round
    return first + (at - first) % max(last - first, 1)


def _enlarged(array: Array, axis: int, before: int, after: int, mode: str) -> Array:
    lead, length = (slice(None),) * axis, array.shape[axis]
    shown = _shown(length, before, after, mode).tolist()
    result = np.empty((*array.shape[:axis], len(shown), *array.shape[axis + 1 :]), array.dtype)
    first, last = max(-before, 0), length - max(-after, 0)
    result[(*lead, slice(first + before, last + before))] = array[(*lead, slice(first, last))]
    for at in (*range(before), *range(length + before, len(shown))):
        result[(*lead, at)] = array[(*lead, shown[at])]
    return result


def _returned(array: Array, axis: int, length: int, before: int, after: int, mode: str) -> Array:
    lead = (slice(None),) * axis
    result = np.zeros((*array.shape[:axis], length, *array.shape[axis + 1 :]), array.dtype)
    first, last = max(-before, 0), length - max(-after, 0)
    result[(*lead, slice(first, last))] = array[(*lead, slice(first + before, last + before))]
    shown = _shown(length, before, after, mode).tolist()
    for at in (*range(before), *range(length + before, len(shown))):
        result[(*lead, shown[at])] += array[(*lead, at)]
    return result
