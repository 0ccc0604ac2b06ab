"""Convolution with fewer products than its definition: see `schemes`.

Each function gives nothing where a number is not finite or very large, since the tiles around it are then not
what they should be.
"""

from __future__ import annotations

import math

import numpy as np

from gradloom.kernels.compiled.convolving import patches
from gradloom.kernels.compiled.convolving.packing import as_compiled_for
from gradloom.kernels.compiled.convolving.plans import pays, plan
from gradloom.kernels.compiled.convolving.transforms import BACKWARD, FORWARD, Ways
from gradloom.kernels.compiled.vectors import LANES
from gradloom.kernels.windows import Array, Geometry, Sizes


def convolve(
    images: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int
) -> Array | None:
    """As `kernels/convolution.py` says, likewise for the others."""
    positions = geometry.output_size(images.shape[2:])
    way = _forward(geometry, groups, len(images), images.shape[1], len(weight), positions)
    if way is None:
        return None
    (above, _), (left, _) = geometry.padding
    return _convolved(images, weight, bias, way, positions, (above, left), turned=False)


def _forward(
    geometry: Geometry, groups: int, count: int, channels: int, outputs: int, positions: Sizes
) -> Ways | None:
    """How to do it, if it can be done so and pays."""
    square = len(geometry.kernel) == 2 and len({*geometry.kernel}) == len({*geometry.stride}) == 1
    if not square or groups > 1 or max(geometry.dilation) > 1 or min(channels, outputs) < LANES:
        return None
    way = FORWARD.get((geometry.kernel[0], geometry.stride[0]))
    products = count * math.prod(positions) * geometry.places
    return way if way is not None and pays(way, count, positions, products) else None


def input_gradient(
    gradient: Array, weight: Array, bias: Array | None, size: Sizes, geometry: Geometry, groups: int
) -> Array | None:
    outputs, channels = weight.shape[:2]
    if _forward(geometry, groups, len(gradient), channels, outputs, gradient.shape[2:]) is None:
        return None
    stride, ((above, _), (left, _)) = geometry.stride[0], geometry.padding
    if above % stride != left % stride:
        return None
    way = BACKWARD[geometry.kernel[0], stride, above % stride]
    before = (way.before - above // stride, way.before - left // stride)
    return None if min(before) < 0 else _convolved(gradient, weight, bias, way, size, before, turned=True)


def _convolved(
    images: Array,
    weight: Array,
    bias: Array | None,
    way: Ways,
    positions: Sizes,
    before: tuple[int, int],
    turned: bool,
) -> Array | None:
    outputs, channels, taps, _ = weight.shape
    if turned:
        outputs, channels = channels, outputs
    planned = plan(way, len(images), channels, images.shape[2:], outputs, positions, before)
    result = np.empty((len(images), outputs, *positions), np.float32)
    weights = np.empty(weight.size + LANES, np.float32)
    weights[: weight.size] = weight.reshape(-1)
    starts = np.zeros(outputs, np.float32) if bias is None else as_compiled_for(bias)
    flat = as_compiled_for(images).reshape(-1)
    good = patches.convolve(flat, weights, starts, result.reshape(-1), planned, way, taps, turned)
    return result if good else None


def weight_gradient(images: Array, gradient: Array, geometry: Geometry, groups: int) -> Array | None:
    channels, (outputs, *positions) = images.shape[1], gradient.shape[1:]
    way = _forward(geometry, groups, len(images), channels, outputs, tuple(positions))
    if way is None:
        return None
    (above, _), (left, _) = geometry.padding
    planned = plan(way, len(images), channels, images.shape[2:], outputs, tuple(positions), (above, left))
    result = np.empty((outputs, channels, *geometry.kernel), np.float32)
    flat, given = [as_compiled_for(each).reshape(-1) for each in (images, gradient)]
    good = patches.weight_gradient(flat, given, result.reshape(-1), planned, way, geometry.kernel[0])
    return result if good else None
