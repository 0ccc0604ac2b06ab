"""What goes into the compiled loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.vectors import LANES

Array = np.ndarray[Any, Any]
Table = np.ndarray[Any, np.dtype[np.int64]]

_WORK = 4  # what a weight costs, in multiply-adds


def as_compiled_for(array: Array) -> Array:
    """The array or a row-major copy: code for one that must not be written to would be compiled anew."""
    return array if array.flags.carray else array.copy()


def rows_of(images: Array) -> Array:
    """The rows of all channels as one matrix."""
    return as_compiled_for(images).reshape(-1, images.shape[-1])


def packed(weight: Array, groups: int, outputs: int, apart: int, picks: Table) -> Array:
    """Weights as the tiles walk through them, LANES outputs in a row: (groups, vectors, sums, LANES).

    `apart` lies between two outputs' weights; `picks` is what an output's sums use, counted from its first.
    """
    vectors, sums = -(-outputs // LANES), len(picks)
    panels = np.empty((groups, vectors, sums, LANES), np.float32)
    flat, group_step = as_compiled_for(weight).reshape(-1), weight.size // groups
    _pack(
        flat,
        group_step,
        apart,
        outputs,
        vectors,
        picks,
        panels.reshape(-1),
        groups * vectors,
        panels.size * _WORK,
    )
    return panels


@shared
def _pack(
    weights: Array,
    group_step: int,
    lane_step: int,
    outputs: int,
    vectors: int,
    picks: Table,
    panels: Array,
    start: int,
    stop: int,
) -> None:
    for panel in range(start, stop):
        group, output = panel // vectors, panel % vectors * LANES
        first, to = group * group_step + output * lane_step, panel * len(picks) * LANES
        lanes = min(LANES, outputs - output)
        for k in range(len(picks)):
            at, row = first + picks[k], to + k * LANES
            for lane in range(lanes):
                panels[row + lane] = weights[at + lane * lane_step]
            for lane in range(lanes, LANES):
                panels[row + lane] = 0


def starts_of(bias: Array | None, groups: int, outputs: int) -> Array:
    """What each vector of outputs starts from."""
    starts = np.zeros((groups, -(-outputs // LANES) * LANES), np.float32)
    if bias is not None:
        starts[:, :outputs] = bias.reshape(groups, outputs)
    return starts.reshape(-1, LANES)
