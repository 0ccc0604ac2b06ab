"""Convolution as sums of shifted rows, with positions in the lanes of vectors.

That serves where there are few outputs for a vector: of each channel by itself (Chollet, "Xception", 2017),
or of all channels together, as a picture's at the end of a decoder.

A padded channel with its rows joined is one run, and so is what one place of the window takes from it, with
some sums between two rows that belong to no position. At stride s a channel is split into s x s planes of
every s-th row and column, which are such runs again; an input's gradient is made plane by plane likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels.compiled.convolving import walks
from gradloom.kernels.compiled.convolving.packing import as_compiled_for, rows_of
from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import jit_inside
from gradloom.kernels.compiled.vectors import LANES, RUN, SUMMED, copy, join, part, slide
from gradloom.kernels.windows import Geometry, Sizes

Array = np.ndarray[Any, Any]
Table = np.ndarray[Any, np.dtype[np.int64]]

_0 = np.float32(0)
_FEW = 8  # outputs; more of them fill half a vector


class Planes(NamedTuple):
    """A channel's padding above and to the left, its planes' steps, and a plane's rows, row and size."""

    above: int
    left: int
    down: int
    across: int
    rows: int
    pitch: int
    size: int


class Runs(NamedTuple):
    """What is summed in one run, for each phase of the positions, which are `apart` in rows and columns.

    Attributes:
        offsets, picks: where the values lie, from the first sum on, and their weights. One phase follows the
            other, each with all channels.
        phases: of each one its first and last offset, rows, columns, first row and first column.
    """

    offsets: Table
    picks: Table
    phases: Table
    apart: tuple[int, int]


def _planes(padding: Sizes, steps: Sizes, padded: Sizes) -> Planes:
    (above, left), (down, across) = padding, steps
    rows, pitch = -(-padded[0] // down), -(-padded[1] // across)
    # They are dealt to in whole vectors.
    return Planes(above, left, down, across, rows, pitch, rows * pitch + LANES)


@lru_cache(maxsize=256)
def _forward(size: Sizes, channels: int, geometry: Geometry) -> tuple[Planes, Runs]:
    """To the positions of a window on images of `size`, of which so many channels are summed."""
    (above, _), (left, _) = geometry.padding
    planes = _planes((above, left), geometry.stride, geometry.padded_size(size))
    at = [np.arange(kernel) * apart for kernel, apart in zip(geometry.kernel, geometry.dilation, strict=True)]
    down, across = at[0][:, None], at[1]
    plane = down % planes.down * planes.across + across % planes.across
    offsets = plane * planes.size + down // planes.down * planes.pitch + across // planes.across
    sums = [(offsets, np.arange(offsets.size), (*geometry.output_size(size), 0, 0))]
    return planes, _runs(sums, channels, planes, geometry.places, (1, 1))


@lru_cache(maxsize=256)
def _backward(given: Sizes, size: Sizes, channels: int, geometry: Geometry) -> tuple[Planes, Runs]:
    """From positions, as many as `given`, back to images of `size`."""
    each = [walks.phases(*along) for along in zip(size, given, *geometry, strict=True)]
    dims, around = zip(*each, strict=True)
    padded = tuple([before + length + after for length, (before, after) in zip(given, around, strict=True)])
    planes = _planes(tuple([before for before, _ in around]), (1, 1), padded)
    sums = []
    for down, across in product(*dims):
        taps = [part.start + np.array(part.taps) for part in (down, across)]
        offsets = np.add.outer(taps[0] * planes.pitch, taps[1])
        picks = np.add.outer(np.array(down.places) * geometry.kernel[1], across.places)
        sums.append((offsets, picks, (down.length, across.length, down.first, across.first)))
    apart = (dims[0][0].apart, dims[1][0].apart)
    return planes, _runs(sums, channels, planes, geometry.places, apart)


def _runs(
    sums: Sequence[tuple[Table, Table, Sizes]],
    channels: int,
    planes: Planes,
    places: int,
    apart: tuple[int, int],
) -> Runs:
    """From the offsets, picks and positions of each phase, for one channel."""
    room, channel = planes.down * planes.across * planes.size, np.arange(channels)
    offsets = [np.add.outer(channel * room, own.ravel()).ravel() for own, _, _ in sums]
    picks = [np.add.outer(channel * places, own.ravel()).ravel() for _, own, _ in sums]
    last = np.cumsum([len(own) for own in offsets])
    phases = [[end - len(own), end, *at] for end, own, (_, _, at) in zip(last, offsets, sums, strict=True)]
    return Runs(np.concatenate(offsets), np.concatenate(picks), np.array(phases), apart)


@jit_inside
def _settle_in(
    images: Array, channel: int, height: int, planes: Planes, padded: Array, room: Array, base: int
) -> None:
    """Copy one channel into its padding, which stays as it was, and deal it to its planes from `base` on."""
    above, left, down, across, rows, pitch, size = planes
    width = images.shape[1]
    # Dealing at once what was just copied would wait for it.
    within = padded if across > 1 else room
    apart = rows * pitch * across if across > 1 else size
    for row in range(height):
        y = row + above
        to = y % down * apart + y // down * pitch * across
        to += left if across > 1 else base + left
        copy(images, (channel * height + row) * width, within, to, width)
    if across > 1:
        for phase in range(down):
            _deal(padded, phase * apart, across, rows * pitch, size, room, base + phase * across * size)


@jit_inside
def _deal(padded: Array, start: int, across: int, count: int, apart: int, room: Array, to: int) -> None:
    """Every `across`-th value to one plane."""
    if across == 2:
        for at in range(0, count, LANES):
            part(padded, start + 2 * at, room, to + at, room, to + apart + at)
    else:
        for phase in range(across):
            for at in range(count):
                room[to + phase * apart + at] = padded[start + phase + at * across]


@jit_inside
def _put(parts: Array, width: int, line: Array, out: Array, first: int) -> None:
    """Rows of every `across`-th column, each from its own of the `parts`, to whole rows."""
    across, rows, _ = parts.shape
    for row in range(rows):
        if across == 2:
            for at in range(0, (width + 1) // 2, LANES):
                join(parts[0, row], at, parts[1, row], at, line, 2 * at)
        else:
            for column in range(width):
                line[column] = parts[column % across, row, column // across]
        copy(line, 0, out, (first + row) * width, width)


@shared
def _slide(
    images: Array,
    height: int,
    planes: Planes,
    offsets: Table,
    phases: Table,
    apart: tuple[int, int],
    weights: Array,
    bias: Array,
    out: Array,
    tall: int,
    grouped: int,
    start: int,
    stop: int,
) -> None:
    """All sums of groups `start` to `stop`, counted through all images; `out` has the rows of all.

    A group is `grouped` channels; `weights` has a row for each output of all groups of an image.
    """
    pitch, width, (down, across) = planes.pitch, out.shape[1], apart
    outputs = len(out) // tall * grouped * height // len(images)
    size = planes.down * planes.across * planes.size
    room = np.zeros(grouped * size + RUN, np.float32)
    line = np.zeros(planes.across * pitch + across * LANES + 2 * LANES + width, np.float32)
    padded = np.zeros(planes.down * planes.across * planes.rows * pitch + 2 * LANES, np.float32)
    sums, more = np.empty(planes.rows * pitch + RUN, np.float32), np.empty(RUN, np.float32)
    # Where no window reaches, the zeros stay.
    parts = np.zeros((across, tall, -(-width // across) + LANES), np.float32)
    for group in range(start, stop):
        for channel in range(grouped):
            _settle_in(images, group * grouped + channel, height, planes, padded, room, channel * size)
        for output in range(group * outputs, (group + 1) * outputs):
            own = output % len(weights)
            for phase in range(len(phases)):
                begin, end, rows, columns, row, column = phases[phase]
                length = (rows - 1) * pitch + columns
                last = min(begin + SUMMED, end)
                for at in range(0, length, RUN):
                    slide(room, at, offsets[begin:last], weights[own, begin:last], bias[own], sums, at)
                for first in range(last, end, SUMMED):
                    last = min(first + SUMMED, end)
                    for at in range(0, length, RUN):
                        slide(room, at, offsets[first:last], weights[own, first:last], _0, more, 0)
                        for j in range(RUN):
                            sums[at + j] += more[j]
                for y in range(rows):
                    if across == 1:
                        to = (output * tall + row + y * down) * width + column
                        copy(sums, y * pitch, out, to, columns)
                    else:
                        to = (column * tall + row + y * down) * parts.shape[2]
                        copy(sums, y * pitch, parts, to, columns)
            if across > 1:
                _put(parts, width, line, out, output * tall)


@shared
def _collect(
    images: Array,
    height: int,
    planes: Planes,
    offsets: Table,
    gradient: Array,
    rows: int,
    total: Array,
    start: int,
    stop: int,
) -> None:
    """The weights' gradient of channels `start` to `stop`, of all images."""
    pitch, (channels, places) = planes.pitch, total.shape
    room = np.zeros(planes.down * planes.across * planes.size + RUN, np.float32)
    padded = np.zeros(planes.down * planes.across * planes.rows * pitch + 2 * LANES, np.float32)
    columns = gradient.shape[1]
    spread = np.zeros(rows * pitch, np.float32)
    length = (rows - 1) * pitch + columns
    for channel in range(start, stop):
        for image in range(len(gradient) // (channels * rows)):
            at = image * channels + channel
            _settle_in(images, at, height, planes, padded, room, 0)
            for row in range(rows):
                copy(gradient, (at * rows + row) * columns, spread, row * pitch, columns)
            for place in range(places):
                values, share = room[offsets[place] :], np.float32(0)
                for k in range(length):
                    share += values[k] * spread[k]
                total[channel, place] += share


def serves(geometry: Geometry, channels: int, outputs: int, groups: int) -> bool:
    """Whether each channel of images has one output of its own."""
    return 1 < groups == channels == outputs and len(geometry.kernel) == 2


def serves_few(geometry: Geometry, outputs: int, groups: int) -> bool:
    """Whether there are few outputs of all channels together."""
    return groups == 1 and outputs <= _FEW and len(geometry.kernel) == 2


def convolve(images: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int) -> Array:
    """As `kernels/convolution.py` says, likewise for the others."""
    size, channels = images.shape[2:], weight.shape[1]
    out = np.empty((len(images), len(weight), *geometry.output_size(size)), np.float32)
    _sum(images, weight, bias, *_forward(size, channels, geometry), out, channels)
    return out


def input_gradient(
    gradient: Array, weight: Array, bias: Array | None, size: Sizes, geometry: Geometry, groups: int
) -> Array:
    outputs = len(weight) // groups
    planes, runs = _backward(gradient.shape[2:], size, outputs, geometry)
    all_reached = len(runs.phases) == runs.apart[0] * runs.apart[1]
    shape = (len(gradient), weight.shape[1] * groups, *size)
    out = (np.empty if all_reached else np.zeros)(shape, np.float32)
    _sum(gradient, weight if groups > 1 else weight.swapaxes(0, 1), bias, planes, runs, out, outputs)
    return out


def _sum(
    images: Array, windows: Array, bias: Array | None, planes: Planes, runs: Runs, out: Array, grouped: int
) -> None:
    """`windows` is (outputs, channels of a group, *kernel), of which a group has `grouped`."""
    weights = windows.reshape(len(windows), -1).take(runs.picks, 1)
    starts = np.zeros(len(windows), np.float32) if bias is None else as_compiled_for(bias)
    _slide(
        *(rows_of(images), images.shape[2], planes, runs.offsets, runs.phases, runs.apart, weights, starts),
        *(rows_of(out), out.shape[2], grouped, images.shape[0] * images.shape[1] // grouped),
        out.size * len(runs.offsets) // 2,
    )


def weight_gradient(images: Array, gradient: Array, geometry: Geometry) -> Array:
    planes, runs = _forward(images.shape[2:], 1, geometry)
    channels = images.shape[1]
    total = np.zeros((channels, len(runs.offsets)), np.float32)
    rows, given, work = rows_of(images), rows_of(gradient), gradient.size * len(runs.offsets) // 2
    height, tall = images.shape[2], gradient.shape[2]
    _collect(rows, height, planes, runs.offsets, given, tall, total, channels, work)
    return total.reshape(channels, 1, *geometry.kernel)
