"""Where compiled convolutions find what they sum over: tables of places, made once for each size.

Sequences, images and volumes are alike here. An image lies in a `room`: itself inside its padding, its
values in one line. A sum at one position takes the values at `base + offset`, for an offset of each channel
and each place of the window; a `cell` is CELL positions next to each other. An input's gradient at stride s
walks s times, once for each phase of the image, since only every s-th place of a window reaches one
position.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels.compiled.tiles import CELL, CELLS, FEWER
from gradloom.kernels.windows import Geometry, Sizes, kept_if_small

Table = np.ndarray[Any, np.dtype[np.int64]]

_BLOCK = 2**17  # values of a block of images, which stay in the second-level cache


class Room(NamedTuple):
    """`lines` is where the rows of an image's channels begin, `size` the values of one padded image."""

    lines: Table
    plane: int
    size: int


class Walk(NamedTuple):
    """All phases, one after the other.

    Attributes:
        room: where the images lie.
        offsets: of what is summed, from the base of a cell.
        picks: where an output's weights for them lie, from its first one.
        bases: of the cells, for a block of images.
        targets: the row of each cell's first sum.
        phases: of each one its first and last offset, its first cell and its cells in an image.
        step, apart: between the positions of a cell, in values of the room and in rows.
        rows, pitch: of an image's sums, and of one line of them.
        block: images at a time.
        slack: values that may be read past the last image's end.
    """

    room: Room
    offsets: Table
    picks: Table
    bases: Table
    targets: Table
    phases: Table
    step: int
    apart: int
    rows: int
    pitch: int
    block: int
    slack: int


class Phase(NamedTuple):
    """Along one dimension, what `length` positions sum.

    The window's `places` lie `taps` away from `start + i * step`; their sum belongs to
    `first + i * apart`.
    """

    places: Sequence[int]
    taps: Sequence[int]
    start: int
    step: int
    first: int
    apart: int
    length: int


def _room(channels: int, size: Sizes, before: Sizes, padded: Sizes) -> Room:
    plane = math.prod(padded)
    lines = _places([range(channels), *map(range, size[:-1])], (plane, *_strides(padded)[:-1]))
    inside = sum(step * first for step, first in zip(_strides(padded), before, strict=True))
    return Room(lines + inside, plane, channels * plane)


def _strides(size: Sizes) -> Sizes:
    return tuple([math.prod(size[dim + 1 :]) for dim in range(len(size))])


def _places(along: Sequence[Sequence[int]], strides: Sizes) -> Table:
    """The sum of `index * stride` for every combination of indices, the last one running first."""
    total = np.zeros((), np.int64)
    for indices, stride in zip(along, strides, strict=True):
        total = np.add.outer(total, np.asarray(indices, np.int64) * stride)
    return total.ravel()


@kept_if_small
def forward(size: Sizes, channels: int, groups: int, geometry: Geometry) -> Walk:
    """To the positions of a window on images of `size`, with `channels` in each group."""
    positions, padded = geometry.output_size(size), geometry.padded_size(size)
    room = _room(channels * groups, size, tuple([before for before, _ in geometry.padding]), padded)
    phases = [
        [Phase(range(kernel), [place * apart for place in range(kernel)], 0, stride, 0, 1, count)]
        for kernel, stride, apart, count in zip(
            geometry.kernel, geometry.stride, geometry.dilation, positions, strict=True
        )
    ]
    return _walk(room, padded, phases, positions, channels, math.prod(geometry.kernel), geometry.kernel)


@kept_if_small
def backward(given: Sizes, size: Sizes, outputs: int, inputs: int, groups: int, geometry: Geometry) -> Walk:
    """From positions, as many as `given`, back to images of `size`."""
    dims, around = zip(*[phases(*each) for each in zip(size, given, *geometry, strict=True)], strict=True)
    padded = tuple([before + count + after for (before, after), count in zip(around, given, strict=True)])
    room = _room(outputs * groups, given, tuple([before for before, _ in around]), padded)
    return _walk(room, padded, dims, size, outputs, inputs * math.prod(geometry.kernel), geometry.kernel)


def phases(
    length: int, given: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int
) -> tuple[list[Phase], tuple[int, int]]:
    """The phases along one dimension, and the zeros needed before and after what is given."""
    found = []
    for offset in range(min(stride, kernel)):
        first = (offset - padding[0]) % stride
        count = -(-(length - first) // stride)
        places = range(offset, kernel, stride)
        taps = [-dilation * index for index in range(len(places))]
        if count > 0:
            start = (first + padding[0] - offset) // stride
            found.append(Phase(places, taps, start, 1, first, stride, count))
    before = max(0, *[-(each.start + each.taps[-1]) for each in found])
    after = max(0, *[each.start + each.length - given for each in found])
    return [each._replace(start=each.start + before) for each in found], (before, after)


def _walk(
    room: Room,
    padded: Sizes,
    phases: Sequence[Sequence[Phase]],
    size: Sizes,
    channels: int,
    between: int,
    kernel: Sizes,
) -> Walk:
    steps, apart = _strides(padded), phases[-1][0].apart
    narrow = min(each.length for each in phases[-1]) < CELL
    pitch = size[-1] + (CELL - 1) * apart * narrow
    rows = math.prod(size[:-1]) * pitch
    block = max(1, _BLOCK // (room.size + rows * 16))
    lines = _strides((*size[:-1], pitch))
    bases, targets, offsets, picks = [], [], [], []
    for parts in product(*phases):
        taps, places = [part.taps for part in parts], [part.places for part in parts]
        offsets.append(_places([range(channels), *taps], (room.plane, *steps)))
        picks.append(_places([range(channels), *places], (between, *_strides(kernel))))
        along = [*[range(part.length) for part in parts[:-1]], _cells(parts[-1].length)]
        base = _along([part.start for part in parts], [part.step for part in parts], along, steps)
        target = _along([part.first for part in parts], [part.apart for part in parts], along, lines)
        bases.append(_repeated(base, room.size, block))
        targets.append(_repeated(target, rows, block))
    cells = [len(each) // block for each in bases]
    bases, targets = [_whole_tiles(each) for each in bases], [_whole_tiles(each) for each in targets]
    sums, first = _bounds(offsets), _bounds(bases)
    step = phases[-1][0].step
    return Walk(
        room,
        np.concatenate(offsets),
        np.concatenate(picks),
        np.concatenate(bases),
        np.concatenate(targets),
        np.stack([sums[:-1], sums[1:], first[:-1], cells], 1),
        *(step, apart, rows, pitch, block, CELL * step),
    )


def _along(
    starts: Sequence[int], steps: Sequence[int], along: Sequence[Sequence[int]], strides: Sizes
) -> Table:
    each = [
        [start + step * index for index in indices]
        for start, step, indices in zip(starts, steps, along, strict=True)
    ]
    return _places(each, strides)


def _cells(count: int) -> list[int]:
    """Where the cells of a line begin; the last one overlaps the one before rather than the end."""
    return [min(first, max(count - CELL, 0)) for first in range(0, count, CELL)]


def _repeated(table: Table, apart: int, times: int) -> Table:
    return np.add.outer(np.arange(times) * apart, table).ravel()


def _whole_tiles(table: Table, cells: int = CELLS) -> Table:
    """With the last cell repeated until there are whole tiles."""
    return np.concatenate([table, np.repeat(table[-1:], -len(table) % cells)])


def _bounds(tables: Sequence[Table]) -> Table:
    return np.cumsum([0, *map(len, tables)])


class Shares(NamedTuple):
    """How the weights' gradient is summed: a sum's positions are a channel and a place of the window.

    Attributes:
        room: where the images lie.
        offsets: of the positions of a block of images.
        bases, targets: of the cells of channels and places.
        order: the row of each channel's places.
        step: between the channels or places of a cell, in values of the room.
        block: images at a time.
        slack: values that may be read past the last image's end.
    """

    room: Room
    offsets: Table
    bases: Table
    targets: Table
    order: Table
    step: int
    block: int
    slack: int


@kept_if_small
def shares(size: Sizes, channels: int, groups: int, geometry: Geometry) -> Shares:
    """Cells lie along the channels or along the window's last dimension, where fewer are filled in vain."""
    positions, padded = geometry.output_size(size), geometry.padded_size(size)
    room = _room(channels * groups, size, tuple([before for before, _ in geometry.padding]), padded)
    steps, places = _strides(padded), math.prod(positions)
    block = max(1, _BLOCK // (room.size + places * 16))
    moves = [stride * step for stride, step in zip(geometry.stride, steps, strict=True)]
    offsets = _repeated(_places([*map(range, positions)], tuple(moves)), room.size, block)
    taps = (room.plane, *[apart * step for apart, step in zip(geometry.dilation, steps, strict=True)])
    counts = (channels, *geometry.kernel)
    dim = min((0, len(counts) - 1), key=lambda dim: -(-counts[dim] // CELL) / counts[dim])
    firsts = [range(0, count, CELL) if at == dim else range(count) for at, count in enumerate(counts)]
    bases = _places(firsts, taps)
    rows = np.arange(len(bases) * CELL).reshape(*[len(each) for each in firsts], CELL)
    order = np.moveaxis(rows, -1, dim + 1).reshape(*map(len, firsts[:dim]), -1, *map(len, firsts[dim + 1 :]))
    order = order.take(np.arange(counts[dim]), dim).ravel()
    bases, step = _whole_tiles(bases, FEWER if len(bases) % CELLS in (1, 2, 3) else CELLS), taps[dim]
    slack = (CELL - 1) * step + 1
    return Shares(room, offsets, bases, np.arange(len(bases)) * CELL, order, step, block, slack)
