"""Maximum and sum over sliding windows, and how gradients go back through them.

Arrays are (images, channels, *size). Windows are visited offset by offset, so that each step is one operation
on a whole (strided) batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradloom.kernels.counterpart import compiled, floats
from gradloom.kernels.windows import Array, Geometry, Sizes, interior, padded_like, windows


def _planes(images: Array, geometry: Geometry, *_: Any) -> bool:
    """Whether windows slide over pictures or sequences of float32, and a byte numbers their offsets."""
    return len(geometry.kernel) <= 2 and geometry.places <= 255 and floats(images)


@compiled(when=_planes)
def maxima(images: Array, geometry: Geometry) -> tuple[Array, Array]:
    """The largest value in each window, NaN where there is one, and at which offset of the window it stands.

    Offsets are numbered in reading order. Of equal values the first one counts, of several NaN the last, as
    in PyTorch.
    """
    floating = images.dtype.kind == "f"
    highest = _separable(
        np.maximum, padded(images, geometry, -np.inf if floating else np.iinfo(images.dtype).min), geometry
    )
    # NaN equals nothing, so the padding is never hit, not even where all values are -inf.
    nothing = np.nan if floating else np.iinfo(images.dtype).min
    offered = windows(padded(images, geometry, nothing), geometry)
    offsets = np.zeros(highest.shape, np.uint8 if geometry.places <= 255 else np.int32)
    places = list(_places(geometry))
    # How many offsets lie before the first hit; masked copies would take five times as long as these sums.
    waiting = np.ones(highest.shape, np.bool_)
    missed = np.empty_like(waiting)
    for at in places[:-1]:
        np.not_equal(offered[at], highest, out=missed)
        waiting &= missed
        offsets += waiting
    if floating and np.isnan(highest).any():
        strange = windows(padded(np.isnan(images), geometry, False), geometry)
        for number, at in enumerate(places):
            np.copyto(offsets, number, where=strange[at], casting="unsafe")
    return highest, offsets


def _places(geometry: Geometry) -> Iterator[tuple[Any, ...]]:
    """For each offset in a window its index into all windows."""
    for offset in np.ndindex(*geometry.kernel):
        yield (slice(None), slice(None), *offset)


@compiled(when=_planes)
def total(images: Array, geometry: Geometry) -> Array:
    """The sum of each window."""
    return _separable(np.add, padded(images, geometry), geometry)


def padded(images: Array, geometry: Geometry, fill: Any = 0) -> Array:
    """The images with `fill` around them; the images themselves where there is no padding."""
    if not geometry.is_padded:
        return images
    room = padded_like(images, len(images), geometry, fill)
    interior(room, geometry)[...] = images
    return room


def _separable(combine: np.ufunc, images: Array, geometry: Geometry) -> Array:
    """Combine along one dimension after the other: kh + kw steps instead of kh * kw."""
    positions = geometry.unpadded.output_size(images.shape[2:])
    down = images
    for axis, count in enumerate(positions, start=2):
        step, apart, across = (
            geometry.stride[axis - 2],
            geometry.dilation[axis - 2],
            geometry.kernel[axis - 2],
        )
        reach = (count - 1) * step + 1
        parts = (
            down[(slice(None),) * axis + (slice(i * apart, i * apart + reach, step),)] for i in range(across)
        )
        down = _folded(combine, parts)
    return down


def _folded(combine: np.ufunc, parts: Iterator[Array]) -> Array:
    first = next(parts)
    second = next(parts, None)
    if second is None:
        return first.copy()
    result: Array = combine(first, second)
    for part in parts:
        combine(result, part, out=result)
    return result


def _numbered(gradient: Array, offsets: Array, size: Sizes, geometry: Geometry) -> bool:
    """Whether all offsets, bytes, are of places in the images themselves."""
    return (
        offsets.dtype == np.uint8
        and offsets.flags.carray
        and _planes(gradient, geometry)
        and geometry.meets(tuple(size))
    )


@compiled(when=_numbered)
def spread_to_offsets(gradient: Array, offsets: Array, size: Sizes, geometry: Geometry) -> Array:
    """Images of `size` in which each window's gradient is added at its offset."""
    room = np.zeros((*gradient.shape[:2], *geometry.padded_size(size)), gradient.dtype)
    targets = windows(room, geometry)
    apart = all(step >= extent for step, extent in zip(geometry.stride, geometry.extent, strict=True))
    share = np.empty_like(gradient)
    for number, at in enumerate(_places(geometry)):
        if apart:
            np.multiply(gradient, offsets == number, out=targets[at])
        else:
            targets[at] += np.multiply(gradient, offsets == number, out=share)
    return interior(room, geometry)


def gather_at_offsets(values: Array, offsets: Array, geometry: Geometry) -> Array:
    """The transpose of `spread_to_offsets`: the value that stands at each window's offset."""
    offered = windows(padded(values, geometry), geometry)
    gathered = np.zeros(offsets.shape, values.dtype)
    for number, at in enumerate(_places(geometry)):
        np.copyto(gathered, offered[at], where=offsets == number)
    return gathered


def places_of(offsets: Array, size: Sizes, geometry: Geometry) -> Array:
    """Where in its image of `size`, with all dimensions joined, each window's offset lies, as int64."""
    joined = [math.prod(size[dim + 1 :]) for dim in range(len(size))]
    starts = _grid(
        [
            (np.arange(count) * step - before) * stride
            for count, step, (before, _), stride in zip(
                offsets.shape[2:], geometry.stride, geometry.padding, joined, strict=True
            )
        ]
    )
    steps = [apart * stride for apart, stride in zip(geometry.dilation, joined, strict=True)]
    by_offset = _grid([np.arange(count) * step for count, step in zip(geometry.kernel, steps, strict=True)])
    return np.asarray(starts + by_offset.reshape(-1)[offsets])


def _grid(axes: list[Array]) -> Array:
    """The sum of one number from each axis, for all combinations."""
    whole: Array = axes[0]
    for axis in axes[1:]:
        whole = whole[..., None] + axis
    return whole


def _evenly(gradient: Array, size: Sizes, geometry: Geometry) -> bool:
    return _planes(gradient, geometry)


@compiled(when=_evenly)
def spread_evenly(gradient: Array, size: Sizes, geometry: Geometry) -> Array:
    """The transpose of `total`: add each window's gradient to all of its values."""
    room = np.zeros((*gradient.shape[:2], *geometry.padded_size(size)), gradient.dtype)
    targets = windows(room, geometry)
    for offset in np.ndindex(*geometry.kernel):
        targets[(slice(None), slice(None), *offset)] += gradient
    return interior(room, geometry)
