"""Maximum and sum over sliding windows, and how gradients go back through them.

Arrays are (images, channels, rows, columns). Windows are visited offset by offset, so that each step is one
operation on a whole (strided) batch.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradloom.kernels.windows import Array, Geometry, Pair, interior, padded_like, windows


def largest(images: Array, geometry: Geometry) -> Array:
    """The largest value in each window; NaN where there is one."""
    return _separable(np.maximum, padded(images, geometry, -np.inf), geometry)


def total(images: Array, geometry: Geometry) -> Array:
    """The sum of each window."""
    return _separable(np.add, padded(images, geometry), geometry)


def padded(images: Array, geometry: Geometry, fill: float = 0.0) -> Array:
    """The images with `fill` around them; the images themselves where there is no padding."""
    if not geometry.is_padded:
        return images
    room = padded_like(images, len(images), geometry, fill)
    interior(room, geometry)[...] = images
    return room


def _separable(combine: np.ufunc, images: Array, geometry: Geometry) -> Array:
    """Combine down the rows of each window, then along its columns: kh + kw steps instead of kh * kw."""
    rows, columns = geometry._replace(padding=((0, 0), (0, 0))).output_size(
        (images.shape[2], images.shape[3])
    )
    down = images
    for axis, count in ((2, rows), (3, columns)):
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


def spread_to_largest(gradient: Array, images: Array, highest: Array, geometry: Geometry) -> Array:
    """Add each window's gradient to the first of its largest values, in reading order."""
    source = windows(padded(images, geometry, -np.inf), geometry)
    room = padded_like(images, len(images), geometry)
    targets = windows(room, geometry)
    apart = geometry.stride[0] >= geometry.extent[0] and geometry.stride[1] >= geometry.extent[1]
    waiting = np.ones(highest.shape, np.bool_)
    hit = np.empty_like(waiting)
    share = np.empty_like(gradient)
    for i, j in np.ndindex(*geometry.kernel):
        np.equal(source[:, :, i, j], highest, out=hit)
        hit &= waiting
        waiting ^= hit
        if apart:
            np.multiply(gradient, hit, out=targets[:, :, i, j])
        else:
            targets[:, :, i, j] += np.multiply(gradient, hit, out=share)
    return interior(room, geometry)


def gather_at_largest(values: Array, images: Array, highest: Array, geometry: Geometry) -> Array:
    """The transpose of `spread_to_largest`: the value that stands where each window's largest one is."""
    source = windows(padded(images, geometry, -np.inf), geometry)
    offered = windows(padded(values, geometry), geometry)
    waiting = np.ones(highest.shape, np.bool_)
    gathered = np.zeros(highest.shape, values.dtype)
    for i, j in np.ndindex(*geometry.kernel):
        hit = (source[:, :, i, j] == highest) & waiting
        waiting ^= hit
        np.copyto(gathered, offered[:, :, i, j], where=hit)
    return gathered


def spread_evenly(gradient: Array, size: Pair, geometry: Geometry) -> Array:
    """The transpose of `total`: add each window's gradient to all of its values."""
    room = np.zeros((*gradient.shape[:2], *geometry.padded_size(size)), gradient.dtype)
    targets = windows(room, geometry)
    for i, j in np.ndindex(*geometry.kernel):
        targets[:, :, i, j] += gradient
    return interior(room, geometry)
