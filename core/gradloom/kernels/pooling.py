"""Maximum and sum over sliding windows, and how gradients go back through them.

Arrays are (images, channels, *size). Windows are visited offset by offset, so that each step is one operation
on a whole (strided) batch.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradloom.kernels.windows import Array, Geometry, Sizes, interior, padded_like, windows


def largest(images: Array, geometry: Geometry) -> Array:
    """The largest value in each window; NaN where there is one."""
    lowest = -np.inf if images.dtype.kind == "f" else np.iinfo(images.dtype).min
    return _separable(np.maximum, padded(images, geometry, lowest), geometry)


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


def _hits(images: Array, highest: Array, geometry: Geometry) -> Iterator[tuple[tuple[Any, ...], Array]]:
    """For each offset in a window its index into all windows, and where the largest value has it.

    Of equal values the first one counts in reading order, of several NaN the last, as in PyTorch. The array
    is overwritten by the next one.
    """
    # NaN equals nothing, so the padding is never hit, not even where all values are -inf.
    nothing = np.nan if images.dtype.kind == "f" else np.iinfo(images.dtype).min
    source = windows(padded(images, geometry, nothing), geometry)
    strange = _last_nan(images, highest, geometry)
    waiting = np.ones(highest.shape, np.bool_) if strange is None else strange < 0
    hit = np.empty_like(waiting)
    for number, offset in enumerate(np.ndindex(*geometry.kernel)):
        at = (slice(None), slice(None), *offset)
        np.equal(source[at], highest, out=hit)
        hit &= waiting
        waiting ^= hit
        if strange is not None:
            hit |= strange == number
        yield at, hit


def _last_nan(images: Array, highest: Array, geometry: Geometry) -> Array | None:
    """The number of the offset of the last NaN in each window, -1 where there is none; None if nowhere."""
    if images.dtype.kind != "f" or not np.isnan(highest).any():
        return None
    strange = windows(padded(np.isnan(images), geometry, False), geometry)
    last = np.full(highest.shape, -1)
    for number, offset in enumerate(np.ndindex(*geometry.kernel)):
        last[strange[(slice(None), slice(None), *offset)]] = number
    return last


def spread_to_largest(gradient: Array, images: Array, highest: Array, geometry: Geometry) -> Array:
    """Add each window's gradient to the first of its largest values, in reading order."""
    room = np.zeros((*images.shape[:2], *geometry.padded_size(images.shape[2:])), gradient.dtype)
    targets = windows(room, geometry)
    apart = all(step >= extent for step, extent in zip(geometry.stride, geometry.extent, strict=True))
    share = np.empty_like(gradient)
    for at, hit in _hits(images, highest, geometry):
        if apart:
            np.multiply(gradient, hit, out=targets[at])
        else:
            targets[at] += np.multiply(gradient, hit, out=share)
    return interior(room, geometry)


def gather_at_largest(values: Array, images: Array, highest: Array, geometry: Geometry) -> Array:
    """The transpose of `spread_to_largest`: the value that stands where each window's largest one is."""
    offered = windows(padded(values, geometry), geometry)
    gathered = np.zeros(highest.shape, values.dtype)
    for at, hit in _hits(images, highest, geometry):
        np.copyto(gathered, offered[at], where=hit)
    return gathered


def places_of_largest(images: Array, highest: Array, geometry: Geometry) -> Array:
    """Where in its image, with all dimensions joined, each window has its largest value, as int64."""
    size = images.shape[2:]
    joined = [math.prod(size[dim + 1 :]) for dim in range(len(size))]
    starts = _grid(
        [
            (np.arange(count) * step - before) * stride
            for count, step, (before, _), stride in zip(
                highest.shape[2:], geometry.stride, geometry.padding, joined, strict=True
            )
        ]
    )
    places = np.zeros(highest.shape, np.int64)
    for at, hit in _hits(images, highest, geometry):
        steps = zip(at[2:], geometry.dilation, joined, strict=True)
        offset = sum(number * apart * stride for number, apart, stride in steps)
        np.copyto(places, starts + offset, where=hit)
    return places


def _grid(axes: list[Array]) -> Array:
    """The sum of one number from each axis, for all combinations."""
    whole: Array = axes[0]
    for axis in axes[1:]:
        whole = whole[..., None] + axis
    return whole


def spread_evenly(gradient: Array, size: Sizes, geometry: Geometry) -> Array:
    """The transpose of `total`: add each window's gradient to all of its values."""
    room = np.zeros((*gradient.shape[:2], *geometry.padded_size(size)), gradient.dtype)
    targets = windows(room, geometry)
    for offset in np.ndindex(*geometry.kernel):
        targets[(slice(None), slice(None), *offset)] += gradient
    return interior(room, geometry)
