"""Convolution and its gradients without gathering windows: each sum is taken where its values lie.

Images are copied into their padding, a few at a time, so that a place of the window is one offset for all
positions (direct convolution; Georganas et al., 2018, as named in `tiles`). The weights' gradient is the same
sum with roles exchanged: over positions instead of channels and places, gradients in the place of weights.
"""

from __future__ import annotations

import math

import numpy as np

from gradloom.kernels.compiled.convolving import walks
from gradloom.kernels.compiled.convolving.correlation import collect, correlate
from gradloom.kernels.compiled.convolving.packing import as_compiled_for, packed, rows_of, starts_of
from gradloom.kernels.compiled.tiles import CELL
from gradloom.kernels.compiled.vectors import LANES
from gradloom.kernels.windows import Array, Geometry, Sizes

_SHARES = 4  # of the weights' gradient, which are added
_LITTLE = 1_000_000  # multiply-adds, of which one share is made


def convolve(images: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int) -> Array:
    """As `kernels/convolution.py` says, likewise for the others."""
    size, channels, outputs = images.shape[2:], weight.shape[1], len(weight) // groups
    walk = walks.forward(size, channels, groups, geometry)
    result = np.empty((len(images), len(weight), *geometry.output_size(size)), np.float32)
    panels = packed(weight, groups, outputs, channels * math.prod(geometry.kernel), walk.picks)
    _correlate(images, walk, panels, starts_of(bias, groups, outputs), result, outputs)
    return result


def input_gradient(
    gradient: Array, weight: Array, bias: Array | None, size: Sizes, geometry: Geometry, groups: int
) -> Array:
    outputs, inputs = len(weight) // groups, weight.shape[1]
    walk = walks.backward(gradient.shape[2:], size, outputs, inputs, groups, geometry)
    result = np.empty((len(gradient), inputs * groups, *size), np.float32)
    panels = packed(weight, groups, inputs, math.prod(geometry.kernel), walk.picks)
    _correlate(gradient, walk, panels, starts_of(bias, groups, inputs), result, inputs)
    return result


def weight_gradient(images: Array, gradient: Array, geometry: Geometry, groups: int) -> Array:
    channels, outputs = images.shape[1] // groups, gradient.shape[1] // groups
    shares = walks.shares(images.shape[2:], channels, groups, geometry)
    vectors = -(-outputs // LANES)
    rows, given = rows_of(images), as_compiled_for(gradient).reshape(-1)

    few, work = _few(len(images), groups * vectors), gradient.size * len(shares.order)
    count = 1 if few or work < _LITTLE else min(len(images), _SHARES)
    totals = np.zeros((count, groups, vectors, len(shares.targets) * CELL, LANES), np.float32)
    args = (
        *(rows, *shares.room, given, outputs, shares.offsets, shares.bases, shares.targets),
        *(shares.step, shares.block, shares.slack),
    )
    parts = groups * vectors if few else count
    collect(len(images), groups * vectors, few, totals, args, parts, work)
    total = sum(totals[1:], totals[0]).take(shares.order, 2).swapaxes(2, 3)
    total = total.reshape(groups, vectors * LANES, -1)[:, :outputs]
    return np.ascontiguousarray(total).reshape(groups * outputs, channels, *geometry.kernel)


def _correlate(
    images: Array, walk: walks.Walk, panels: Array, starts: Array, result: Array, outputs: int
) -> None:
    count, vectors = len(images), len(starts)
    args = (
        *(rows_of(images), *walk.room, panels, starts, result.reshape(-1), outputs, result.shape[-1]),
        *(walk.offsets, walk.bases, walk.targets, walk.phases, walk.step, walk.apart),
        *(walk.rows, walk.pitch, walk.block, walk.slack),
    )
    work = count * len(walk.offsets) * starts.size * walk.rows // len(walk.phases)
    few = _few(count, vectors)
    correlate(count, vectors, few, args, vectors if few else count, work)


def _few(images: int, vectors: int) -> bool:
    """Whether the vectors of outputs are divided instead of the images."""
    return images < _SHARES * 2 and vectors > images
