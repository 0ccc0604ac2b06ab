"""The loops of a convolution: images into their room, all their sums, and those to where they belong."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import inlined, jit_inside
from gradloom.kernels.compiled.tiles import CELLS, FEWER, smaller_tile, tile
from gradloom.kernels.compiled.vectors import LANES, SUMMED, copy, turn

Array = np.ndarray[Any, Any]
Table = np.ndarray[Any, np.dtype[np.int64]]

_PARTS = 4  # each needs room of its own
_CHUNK = 512  # positions; their gradients stay in the first-level cache


@jit_inside
def _settle_in(images: Array, lines: Table, first: int, count: int, size: int, room: Array) -> None:
    """Copy images from the `first` into the padding of their rooms, which stays as it was."""
    width = images.shape[1]
    for image in range(count):
        at, row = image * size, (first + image) * len(lines)
        for line in range(len(lines)):
            copy(images, (row + line) * width, room, at + lines[line], width)


@inlined
def _unload(sums: Array, row: int, length: int, result: Array, to: int, pitch: int, lanes: int) -> None:
    """Rows of sums to lines of the result, `pitch` from one output to the next."""
    whole = length // LANES * LANES if lanes == LANES else 0
    for j in range(0, whole, LANES):
        turn(sums, (row + j) * LANES, LANES, result, to + j, pitch)
    for lane in range(lanes):
        for j in range(whole, length):
            result[to + lane * pitch + j] = sums[row + j, lane]


@inlined
def _touched(phases: Table, images: int) -> int:
    """How many images the cells of `images` lie in, filled up to whole tiles."""
    touched = images
    for phase in range(len(phases)):
        cells = phases[phase, 3]
        whole = -(-cells * images // CELLS) * CELLS
        touched = max(touched, -(-whole // cells))
    return touched


@jit_inside
def _correlate(
    start: int,
    stop: int,
    first_vector: int,
    last_vector: int,
    images: Array,
    lines: Table,
    plane: int,
    size: int,
    panels: Array,
    bias: Array,
    result: Array,
    outputs: int,
    width: int,
    offsets: Table,
    bases: Table,
    targets: Table,
    phases: Table,
    step: int,
    apart: int,
    rows: int,
    pitch: int,
    block: int,
    slack: int,
) -> None:
    """Images `start` to `stop`, vectors of outputs `first_vector` to `last_vector`.

    `images` has a row for each row of each channel, `result` is flat; `phases` has for each phase its first
    and last offset, its first cell and its cells in an image.
    """
    groups, vectors = panels.shape[:2]
    channels = size // plane // groups
    touched = min(block, _touched(phases, min(block, stop - start)))
    room = np.zeros(touched * size + slack, np.float32)
    # Pieces go to one half and the other: where cells overlap, what is added to must stay as it was. The last
    # row is what all begin from.
    half = touched * rows + slack * apart
    start_row = (1 + (len(offsets) > SUMMED)) * half
    sums = np.zeros((start_row + 1, LANES), np.float32)
    # Without gaps between them, all lines of sums are one.
    out_lines = 1 if pitch == width else rows // pitch
    places = rows // pitch * width
    length = places // out_lines
    for first in range(start, stop, block):
        count = min(block, stop - first)
        _settle_in(images, lines, first, count, size, room)
        for vector in range(first_vector, last_vector):
            group, within = vector // vectors, vector % vectors
            start_of_group = group * channels * plane
            copy(bias, vector * LANES, sums, start_row * LANES, LANES)
            for phase in range(len(phases)):
                begin, end, cell, cells = phases[phase]
                pieces = -(-(end - begin) // SUMMED)
                most = -(-(end - begin) // pieces)
                for at in range(cell, cell + cells * count, CELLS):
                    plus, plus_pitch = start_row * LANES, 0
                    row = (pieces - 1) % 2 * half  # so that the last piece goes to the first half
                    for begin_piece in range(begin, end, most):
                        end_piece = min(begin_piece + most, end)
                        tile(
                            *(room, start_of_group, bases, at, offsets, begin_piece, end_piece),
                            *(panels, vector * len(offsets), step, sums, plus, plus_pitch),
                            *(sums, row, targets, apart),
                        )
                        plus, plus_pitch, row = (2 * row - half) * LANES, LANES, half - row
            lane = within * LANES
            lanes = min(LANES, outputs - lane)
            for image in range(count):
                to = ((first + image) * groups * outputs + group * outputs + lane) * places
                for line in range(out_lines):
                    row = image * rows + line * pitch
                    _unload(sums, row, length, result, to + line * length, places, lanes)


@partial(shared, most=_PARTS)
def correlate(
    count: int, vectors: int, by_vectors: bool, given: tuple[Any, ...], start: int, stop: int
) -> None:
    """`_correlate` for some of `count` images, or for all of them and some of the vectors of outputs."""
    if by_vectors:
        _correlate(0, count, start, stop, *given)
    else:
        _correlate(start, stop, 0, vectors, *given)


@inlined
def _load(gradient: Array, start: int, length: int, pitch: int, lanes: int, rows: Array, row: int) -> None:
    """The gradients of `lanes` outputs, which are `pitch` apart, to rows of LANES."""
    whole = length // LANES * LANES if lanes == LANES else 0
    for j in range(0, whole, LANES):
        turn(gradient, start + j, pitch, rows, (row + j) * LANES, LANES)
    for lane in range(lanes):
        for j in range(whole, length):
            rows[row + j, lane] = gradient[start + lane * pitch + j]


@jit_inside
def _collect(
    start: int,
    stop: int,
    first_vector: int,
    last_vector: int,
    total: Array,
    images: Array,
    lines: Table,
    plane: int,
    size: int,
    gradient: Array,
    outputs: int,
    offsets: Table,
    bases: Table,
    targets: Table,
    step: int,
    block: int,
    slack: int,
) -> None:
    """Add what images `start` to `stop` give to the weights' gradient.

    `total` is (groups, vectors, rows, LANES); the rest as in `_correlate`.
    """
    groups, vectors = total.shape[:2]
    places = len(offsets) // block
    block = min(block, stop - start)
    channels = size // plane // groups
    room = np.zeros(block * size + slack, np.float32)
    rows = np.zeros((block * places, LANES), np.float32)
    for first in range(start, stop, block):
        count = min(block, stop - first)
        _settle_in(images, lines, first, count, size, room)
        for vector in range(first_vector, last_vector):
            group, within = vector // vectors, vector % vectors
            lane = within * LANES
            lanes = min(LANES, outputs - lane)
            for image in range(count):
                at = ((first + image) * groups * outputs + group * outputs + lane) * places
                _load(gradient, at, places, places, lanes, rows, image * places)
            start_of_group, row = group * channels * plane, vector * total.shape[2]
            for begin in range(0, count * places, _CHUNK):
                end = min(begin + _CHUNK, count * places)
                if len(bases) % CELLS:
                    for at in range(0, len(bases), FEWER):
                        smaller_tile(
                            *(room, start_of_group, bases, at, offsets, begin, end, rows, 0, step),
                            *(total, 0, LANES, total, row, targets, 1),
                        )
                else:
                    for at in range(0, len(bases), CELLS):
                        tile(
                            *(room, start_of_group, bases, at, offsets, begin, end, rows, 0, step),
                            *(total, 0, LANES, total, row, targets, 1),
                        )


@partial(shared, most=_PARTS)
def collect(
    count: int, vectors: int, by_vectors: bool, totals: Array, given: tuple[Any, ...], start: int, stop: int
) -> None:
    """`_collect` of shares of `count` images to a total for each, or of some of the vectors of outputs."""
    if by_vectors:
        _collect(0, count, start, stop, totals[0], *given)
    else:
        for share in range(start, stop):
            first, last = count * share // len(totals), count * (share + 1) // len(totals)
            _collect(first, last, 0, vectors, totals[share], *given)
