"""Resampling along each dimension: every output is a weighted sum of a few inputs, its taps.

Source of the taps, which are PyTorch's: ATen/native/UpSample.h. Cubic weights are Keys', "Cubic convolution
interpolation for digital image processing", 1981; wider filters for shrinking are Pillow's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.mixing import mix, mixes
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape


class Taps(NamedTuple):
    """For each tap and position of one output dimension the input that counts, and how much.

    `places` is (taps, outputs) and grows along each row; `weights` is the same, or None where every output
    is one input.
    """

    places: Array
    weights: Array | None


Plan: TypeAlias = tuple[Taps | None, ...]
"""The taps of each of the last dimensions; None leaves one as it is."""


_kept = lru_cache(maxsize=256)
"""For taps: the same arrays each time, so that a step that uses them can be replayed."""


def scale_of(length: int, outputs: int, scale: float | None, aligned: bool, kind: Any) -> Any:
    """How many inputs lie between two outputs."""
    if aligned:
        return kind(length - 1) / kind(outputs - 1) if outputs > 1 else kind(0)
    return kind(1 / scale) if scale else kind(length) / kind(outputs)


@_kept
def nearest(length: int, outputs: int, scale: float | None, exact: bool) -> Taps:
    """The one input that is nearest; not `exact`, the one before, as OpenCV's buggy mode has it."""
    at = np.arange(outputs, dtype=np.float32)
    between = scale_of(length, outputs, scale, False, np.float32)
    if not exact and outputs == length:
        between = np.float32(1)
    elif not exact and outputs == 2 * length:
        between = np.float32(0.5)
    places = ((at + np.float32(0.5) if exact else at) * between).astype(np.int64)
    return Taps(np.minimum(places, length - 1)[None], None)


@_kept
def linear(length: int, outputs: int, scale: float | None, aligned: bool, kind: Any) -> Taps:
    """The two inputs on both sides, by how near they are."""
    source = _sources(length, outputs, scale, aligned, kind)
    if not aligned:
        source = np.maximum(source, kind(0))
    first = np.minimum(source.astype(np.int64), length - 1)
    share = np.clip(source - first.astype(kind), kind(0), kind(1)).astype(kind)
    return Taps(np.stack((first, np.minimum(first + 1, length - 1))), np.stack((1 - share, share)))


@_kept
def cubic(length: int, outputs: int, scale: float | None, aligned: bool, kind: Any) -> Taps:
    """The two inputs on each side."""
    source = _sources(length, outputs, scale, aligned, kind)
    first = np.floor(source)
    share = source - first
    around = first.astype(np.int64) + np.arange(-1, 3)[:, None]
    return Taps(np.clip(around, 0, length - 1), np.stack(cubic_weights(share)))


def cubic_weights(share: Any) -> list[Any]:
    """Keys' weights with a = -0.75 of the inputs at -1, 0, 1 and 2, for a point `share` behind 0."""
    a = -0.75
    inner = [((a + 2) * at - (a + 3)) * at * at + 1 for at in (share, 1 - share)]
    outer = [((a * at - 5 * a) * at + 8 * a) * at - 4 * a for at in (share + 1, 2 - share)]
    return [outer[0], inner[0], inner[1], outer[1]]


_FILTERS: dict[str, tuple[int, Callable[[Array], Array]]] = {
    "bilinear": (2, lambda at: np.maximum(1 - np.abs(at), 0)),
    "bicubic": (4, lambda at: _keys(np.abs(at), -0.5)),
    "lanczos": (6, lambda at: np.where(np.abs(at) < 3, np.sinc(at) * np.sinc(at / 3), 0)),
}


def _keys(at: Array, a: float) -> Array:
    near = ((a + 2) * at - (a + 3)) * at * at + 1
    far = (((at - 5) * at + 8) * at - 4) * a
    return np.where(at < 1, near, np.where(at < 2, far, 0))


@_kept
def smoothed(mode: str, length: int, outputs: int, scale: float | None, aligned: bool, kind: Any) -> Taps:
    """A filter as wide as what falls between two outputs, so that shrinking blurs and does not alias."""
    size, weigh = _FILTERS[mode]
    between = scale_of(length, outputs, scale, aligned, kind)
    wide = max(between, kind(1))
    support = size / 2 * wide
    centre = between * (np.arange(outputs, dtype=kind) + kind(0.5))
    first = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    behind = np.minimum((centre + support + 0.5).astype(np.int64), length)
    places = first + np.arange(int((behind - first).max()))[:, None]
    weights = np.where(places < behind, weigh((places - centre + 0.5) / wide), 0)
    return Taps(np.minimum(places, length - 1), (weights / weights.sum(axis=0)).astype(kind))


def _sources(length: int, outputs: int, scale: float | None, aligned: bool, kind: Any) -> Array:
    """Where in the input each output lies."""
    if length == outputs and scale is None:
        return np.arange(outputs).astype(kind)
    between = scale_of(length, outputs, scale, aligned, kind)
    at = np.arange(outputs).astype(kind)
    return np.asarray(at * between if aligned else (at + kind(0.5)) * between - kind(0.5))


_PLANS: list[tuple[Shape, Plan]] = [
    ((4,), (nearest(4, 7, None, False),)),
    ((4, 3), (linear(4, 7, None, False, np.float64), linear(3, 2, None, True, np.float64))),
    ((4, 3), (None, cubic(3, 5, None, False, np.float64))),
    ((8,), (smoothed("bilinear", 8, 3, None, False, np.float64),)),
]


@op(samples=[sample(floats(2, *size), plan) for size, plan in _PLANS], meeting="as_is", method=False)
def resample(input: Value, plan: Plan) -> Value:
    """The input at other positions of its last dimensions: for each output the weighted sum of its taps."""
    whole = input.dtype.kind in "iub"
    result = (
        input.astype(np.float32)
        if whole and any(taps and taps.weights is not None for taps in plan)
        else input
    )
    for axis in reversed(range(input.ndim - len(plan), input.ndim)):
        taps = plan[axis - input.ndim]
        if taps is not None:
            result = _seen(result, taps, axis)
    if whole and result.dtype != input.dtype:
        limits = np.iinfo(input.dtype)
        return np.clip(np.rint(result), limits.min, limits.max).astype(input.dtype)
    return result.copy() if result is input else result


@resample.gradient("input")
def _(grad: Value, input_shape: Shape, plan: Plan) -> Value:
    return resample_back(grad, input_shape, plan)


@op(
    samples=[
        sample(
            floats(
                2,
                *(
                    length if taps is None else taps.places.shape[1]
                    for length, taps in zip(size, plan, strict=True)
                ),
            ),
            (2, *size),
            plan,
        )
        for size, plan in _PLANS
    ],
    meeting="as_is",
    method=False,
)
def resample_back(output: Value, shape: Shape, plan: Plan) -> Value:
    """The transpose of `resample`: each output returned to its taps, by their weights."""
    back = output
    for axis in range(output.ndim - len(plan), output.ndim):
        taps = plan[axis - output.ndim]
        if taps is not None:
            back = _returned(back, taps, axis, shape[axis])
    return back.copy() if back is output else back


@resample_back.gradient("output")
def _(grad: Value, plan: Plan) -> Value:
    return resample(grad, plan)


def _seen(array: Array, taps: Taps, axis: int) -> Array:
    if taps.weights is None:
        return np.asarray(array.take(taps.places[0], axis))
    behind = (1,) * (array.ndim - axis - 1)
    total: Array | None = None
    for places, weights in zip(taps.places, taps.weights.astype(array.dtype, copy=False), strict=True):
        part = array.take(places, axis)
        part *= weights.reshape(-1, *behind)
        total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    return total


def _returned(array: Array, taps: Taps, axis: int, length: int) -> Array:
    if array.size and mixes(array):
        return mix(array, axis, _matrix(taps, length, array.dtype).T)
    room = np.zeros((*array.shape[:axis], length, *array.shape[axis + 1 :]), array.dtype)
    if not array.size:
        return room
    behind = (1,) * (array.ndim - axis - 1)
    lead = (slice(None),) * axis
    for tap, places in enumerate(taps.places):
        shares = array
        if taps.weights is not None:
            shares = array * taps.weights[tap].astype(array.dtype, copy=False).reshape(-1, *behind)
        # As the places grow, what returns to one of them is a run of outputs.
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        room[(*lead, places[starts])] += np.add.reduceat(shares, starts, axis)
    return room


def _matrix(taps: Taps, length: int, dtype: Any) -> Array:
    """The weights of the taps as a matrix, (outputs, length)."""
    outputs = taps.places.shape[1]
    matrix = np.zeros((outputs, length), dtype)
    weights = np.ones(taps.places.shape) if taps.weights is None else taps.weights
    np.add.at(matrix, (np.arange(outputs), taps.places), weights.astype(dtype, copy=False))
    return matrix


def output_length(length: int, scale: float) -> int:
    """How many outputs a dimension has after scaling."""
    return math.floor(length * scale)
