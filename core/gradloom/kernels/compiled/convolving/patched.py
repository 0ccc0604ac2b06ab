"""Convolution by windows of 3 x 3 at stride 1, with fewer products than its definition: see `winograd`.

Each function gives nothing where a number is not finite, since the patches around it are then not what they
should be.
"""

from __future__ import annotations

import numpy as np

from gradloom.kernels.compiled.convolving import winograd
from gradloom.kernels.compiled.convolving.packing import divided, packed, rows_of, starts_of
from gradloom.kernels.compiled.tiles import CELL, FEW
from gradloom.kernels.compiled.vectors import LANES
from gradloom.kernels.windows import Array, Geometry, Sizes

_ENOUGH = 16  # channels, and outputs; the transforms cost more than they save with fewer


def serves(geometry: Geometry, channels: int, outputs: int, groups: int) -> bool:
    """Whether this can be done by patches, and pays."""
    return (
        geometry.kernel == (3, 3)
        and max(geometry.stride + geometry.dilation) == groups == 1
        and max(max(sides) for sides in geometry.padding) <= 2
        and min(channels, outputs) >= _ENOUGH
        and channels % CELL == 0
    )


def convolve(images: Array, weight: Array, bias: Array | None, geometry: Geometry) -> Array | None:
    (above, _), (left, _) = geometry.padding
    return _convolved(images, weight, bias, (above, left), geometry.output_size(images.shape[2:]))


def input_gradient(gradient: Array, weight: Array, size: Sizes, geometry: Geometry) -> Array | None:
    (above, _), (left, _) = geometry.padding
    turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)
    return _convolved(gradient, turned, None, (2 - above, 2 - left), size)


def _convolved(
    images: Array, weight: Array, bias: Array | None, before: tuple[int, int], size: Sizes
) -> Array | None:
    outputs, channels = weight.shape[:2]
    result = np.empty((len(images), outputs, *size), np.float32)
    windows = winograd.windows_in(packed(weight, 1, outputs, channels * 9, np.arange(channels * 9))[0])
    starts = starts_of(bias, 1, outputs)
    frame, sums = winograd.Frame(channels, images.shape[2], *before), winograd.Sums(outputs, *size)
    rows, flat, placed = rows_of(images), result.reshape(-1), winograd.layout(*size, channels)

    def run(*part: int) -> bool:
        return winograd.convolve(rows, frame, windows, starts, flat, sums, *placed, winograd.Part(*part))

    done = divided(run, len(images), len(starts), result.size * channels * 4)
    return result if all(done) else None


def weight_gradient(images: Array, gradient: Array, geometry: Geometry) -> Array | None:
    (above, _), (left, _) = geometry.padding
    channels, (outputs, *size) = images.shape[1], gradient.shape[1:]
    vectors, tiled = -(-outputs // LANES), -(-channels // (CELL * FEW)) * CELL * FEW
    frame, sums = winograd.Frame(channels, images.shape[2], above, left), winograd.Sums(outputs, *size)
    rows, given, placed = (
        rows_of(images),
        np.ascontiguousarray(gradient).reshape(-1),
        winograd.layout(*size, channels),
    )

    def add(*part: int) -> Array:
        total = np.zeros((16, vectors, tiled, LANES), np.float32)
        winograd.collect(rows, frame, given, sums, total, *placed, winograd.Part(*part))
        return total

    totals = divided(add, len(images), vectors, gradient.size * channels * 4)
    total = winograd.windows_out(sum(totals[1:], totals[0]))[:, :channels]
    total = np.moveaxis(total, 3, 1).reshape(vectors * LANES, channels, 3, 3)[:outputs]
    return np.ascontiguousarray(total) if np.isfinite(total).all() else None
