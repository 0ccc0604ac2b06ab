"""Convolution and its gradients without gathering windows: each sum is taken where its values lie.

Images are copied into their padding, a few at a time, so that a place of the window is one offset for all
positions (direct convolution; Georganas et al., 2018, as named in `tiles`). The weights' gradient is the
same sum with the roles exchanged: over positions instead of channels and places, with gradients in the
place of weights.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.kernels.compiled import walks
from gradloom.kernels.compiled.correlation import collect, correlate, pack
from gradloom.kernels.compiled.tiles import CELL, LANES
from gradloom.kernels.parallel import in_parts
from gradloom.kernels.windows import Array, Geometry, Sizes

_FEW = 8  # images; as many vectors of outputs are split instead


def convolve(images: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int = 1) -> Array:
    """See `kernels/convolution.py`, likewise for the others."""
    size, outputs = images.shape[2:], len(weight) // groups
    walk = walks.forward(size, weight.shape[1], groups, geometry)
    result = np.empty((len(images), len(weight), *geometry.output_size(size)), np.float32)
    panels = _panels(weight, len(weight) // groups, weight[0].size, walk, groups)
    _sum(images, walk, panels, _starts(bias, outputs, panels), result, outputs)
    return result


def input_gradient(gradient: Array, weight: Array, size: Sizes, geometry: Geometry, groups: int = 1) -> Array:
    outputs, inputs = len(weight) // groups, weight.shape[1]
    walk = walks.backward(gradient.shape[2:], size, outputs, inputs, groups, geometry)
    result = np.empty((len(gradient), inputs * groups, *size), np.float32)
    panels = _panels(weight, inputs, math.prod(geometry.kernel), walk, groups)
    _sum(gradient, walk, panels, _starts(None, inputs, panels), result, inputs)
    return result


def weight_gradient(images: Array, gradient: Array, geometry: Geometry, groups: int = 1) -> Array:
    channels, outputs = images.shape[1] // groups, gradient.shape[1] // groups
    shares = walks.shares(images.shape[2:], channels, groups, geometry)
    vectors = -(-outputs // LANES)
    rows, given = _rows(images), np.ascontiguousarray(gradient).reshape(-1)

    def add(start: int, stop: int, *between: int) -> Array:
        total = np.zeros((groups, vectors, len(shares.targets) * CELL, LANES), np.float32)
        collect(
            *(rows, *shares.room, given, outputs, total, shares.offsets, shares.bases, shares.targets),
            *(shares.step, shares.block, shares.slack, start, stop, *between),
        )
        return total

    totals = _divided(add, len(images), groups * vectors, gradient.size * len(shares.order))
    total = sum(totals[1:], totals[0]).take(shares.order, 2).swapaxes(2, 3)
    total = total.reshape(groups, vectors * LANES, -1)[:, :outputs]
    return np.ascontiguousarray(total).reshape(groups * outputs, channels, *geometry.kernel)


def _rows(images: Array) -> Array:
    return np.ascontiguousarray(images).reshape(-1, images.shape[-1])


def _panels(weight: Array, outputs: int, apart: int, walk: walks.Walk, groups: int) -> Array:
    """The weights packed; `apart` lies between those of two outputs."""
    panels = np.zeros((groups, -(-outputs // LANES), len(walk.picks), LANES), np.float32)
    pack(np.ascontiguousarray(weight).reshape(-1), weight.size // groups, apart, outputs, walk.picks, panels)
    return panels


def _starts(bias: Array | None, outputs: int, panels: Array) -> Array:
    """What each vector of outputs starts from."""
    groups, vectors = panels.shape[:2]
    starts = np.zeros((groups, vectors * LANES), np.float32)
    if bias is not None:
        starts[:, :outputs] = bias.reshape(groups, outputs)
    return starts.reshape(groups * vectors, LANES)


def _sum(images: Array, walk: walks.Walk, panels: Array, starts: Array, result: Array, outputs: int) -> None:
    rows, flat = _rows(images), result.reshape(-1)

    def run(start: int, stop: int, *between: int) -> None:
        correlate(
            *(rows, *walk.room, panels, starts, flat, outputs, result.shape[-1]),
            *(walk.offsets, walk.bases, walk.targets, walk.phases, walk.step, walk.apart),
            *(walk.rows, walk.pitch, walk.block, walk.slack, start, stop, *between),
        )

    work = len(images) * len(walk.offsets) * starts.size * walk.rows // len(walk.phases)
    _divided(run, len(images), len(starts), work)


def _divided(run: Any, images: int, vectors: int, work: int) -> list[Any]:
    """`run(start, stop, first_vector, last_vector)` for parts of the images, or of few images' vectors."""
    if images < _FEW and vectors > images:
        return in_parts(lambda *between: run(0, images, *between), vectors, work)
    return in_parts(lambda start, stop: run(start, stop, 0, vectors), images, work)
