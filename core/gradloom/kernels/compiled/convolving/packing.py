"""What goes into the compiled loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.compiled.vectors import LANES

Array = np.ndarray[Any, Any]
Table = np.ndarray[Any, np.dtype[np.int64]]


def rows_of(images: Array) -> Array:
    """The rows of all channels as one matrix."""
    return np.ascontiguousarray(images).reshape(-1, images.shape[-1])


def packed(weight: Array, groups: int, outputs: int, apart: int, picks: Table) -> Array:
    """Weights as the tiles walk through them, LANES outputs in a row: (groups, vectors, sums, LANES).

    `apart` lies between two outputs' weights; `picks` is what an output's sums use, counted from its first.
    """
    panels = np.zeros((groups, -(-outputs // LANES), len(picks), LANES), np.float32)
    _pack(np.ascontiguousarray(weight).reshape(-1), weight.size // groups, apart, outputs, picks, panels)
    return panels


@jit
def _pack(weights: Array, group_step: int, lane_step: int, outputs: int, picks: Table, panels: Array) -> None:
    for group in range(panels.shape[0]):
        for output in range(outputs):
            start = group * group_step + output * lane_step
            for k in range(len(picks)):
                panels[group, output // LANES, k, output % LANES] = weights[start + picks[k]]


def starts_of(bias: Array | None, groups: int, outputs: int) -> Array:
    """What each vector of outputs starts from."""
    starts = np.zeros((groups, -(-outputs // LANES) * LANES), np.float32)
    if bias is not None:
        starts[:, :outputs] = bias.reshape(groups, outputs)
    return starts.reshape(-1, LANES)
