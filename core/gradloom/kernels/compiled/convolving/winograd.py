"""Convolution by windows of 3 x 3 at stride 1 with 16 products for four sums, where the definition takes 36.

F(2 x 2, 3 x 3) of Lavin and Gray, "Fast algorithms for convolutional neural networks" (2016), section 4.1:
of each 4 x 4 patch d of a channel and each window g, with matrices B, G and A of zeros, ones and halves,

    A' [(G g G') * (B' d B)] A

are the sums at 2 x 2 positions. The products are summed over the channels before A is applied. Exchanging
the roles of sums and windows gives the windows' gradient: G' [(A y A') * (B' d B)] G, where y are the
gradients of 2 x 2 sums.

An infinity or a NaN would spread to the whole patch. It makes a sum that is not finite, so that whoever
calls can do the work again by the definition.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels.compiled.convolving.correlation import load, unload
from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.compiled.tiles import CELL, CELLS, FEW, small_tile, tile
from gradloom.kernels.compiled.vectors import LANES, copy, part, sandwich

Array = np.ndarray[Any, Any]
Table = np.ndarray[Any, np.dtype[np.int64]]

_INTO = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1))  # B'
_OF_WINDOW = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))  # G
_OUT = ((1, 1, 1, 0), (0, 1, -1, -1))  # A'


def _turned(matrix: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    return tuple(zip(*matrix, strict=True))


_patch_in, _window_in, _sums_out = sandwich(_INTO), sandwich(_OF_WINDOW), sandwich(_OUT)
_sums_in, _window_out = sandwich(_turned(_OUT)), sandwich(_turned(_OF_WINDOW))

_BLOCK = 2**18  # values of all that a block of patches needs; they stay in the second-level cache


class Layout(NamedTuple):
    """How the 4 x 4 patches of a block of images, or of a band of one image, lie.

    An image is four planes, of its even and odd rows and columns, so that what all patches have in one place
    is one run; between two rows of patches lies one that is none.

    Attributes:
        down, across: patches of an image.
        band: rows of patches at a time.
        pitch, plane: values of a row and of a channel of the planes.
        block: images at a time.
    """

    down: int
    across: int
    band: int
    pitch: int
    plane: int
    block: int


class Tables(NamedTuple):
    """For a block: where its cells lie in the first plane, the rows of their sums, where all patches lie."""

    bases: Table
    targets: Table
    places: Table


class Frame(NamedTuple):
    """Of the images: their channels and height, and the padding above and to the left."""

    channels: int
    height: int
    above: int
    left: int


class Sums(NamedTuple):
    """Of the sums: their outputs, height and width."""

    outputs: int
    height: int
    width: int


class Part(NamedTuple):
    """Which images, and which vectors of outputs."""

    start: int
    stop: int
    first: int
    last: int


@lru_cache(maxsize=256)
def layout(height: int, width: int, channels: int) -> tuple[Layout, Tables]:
    """For sums at height x width positions."""
    down, across = -(-height // 2), -(-width // 2)
    pitch = across + 1
    most = max(1, min(down, _BLOCK // (16 * channels * pitch + 16 * across * LANES)))
    band = -(-down // -(-down // most))
    plane = (band + 1) * pitch
    block = 1 if band < down else max(1, _BLOCK // (16 * channels * plane + 16 * band * across * LANES))
    # The cells of one tile may lie in as many images.
    block = max(block, CELLS) if band * across < CELL * CELLS else block
    images, rows = np.arange(block)[:, None, None], np.arange(band)[None, :, None]
    cells = np.array([min(first, max(across - CELL, 0)) for first in range(0, across, CELL)])
    bases = images * channels * plane + rows * pitch + cells
    targets = (images * band + rows) * across + cells
    places = images * channels * plane + rows * pitch + np.arange(across)
    return (
        Layout(down, across, band, pitch, plane, block),
        Tables(bases.ravel(), targets.ravel(), places.ravel()),
    )


@jit
def windows_in(panels: Array) -> Array:
    """G g G' of packed weights: (vectors, channels * 9, LANES) -> (16, vectors, channels, LANES)."""
    vectors, channels = panels.shape[0], panels.shape[1] // 9
    made = np.empty((16, vectors, channels, LANES), np.float32)
    apart = vectors * channels * LANES
    for at in range(vectors * channels):
        start, to = at * 9 * LANES, at * LANES
        _window_in(panels, start, 3 * LANES, 6 * LANES, LANES, 2 * LANES, made, to, 4 * apart, apart)
    return made


@jit
def windows_out(total: Array) -> Array:
    """G' (..) G: (16, vectors, channels, LANES) -> (vectors, channels, 9, LANES)."""
    _, vectors, channels, _ = total.shape
    made = np.empty((vectors, channels, 9, LANES), np.float32)
    apart = vectors * channels * LANES
    for at in range(vectors * channels):
        start, to = at * LANES, at * 9 * LANES
        _window_out(total, start, 4 * apart, 8 * apart, apart, 2 * apart, made, to, 3 * LANES, LANES)
    return made


@jit
def _settle_in(
    images: Array, frame: Frame, first: int, count: int, top: int, layout: Layout, room: Array
) -> None:
    """Copy rows of images, from row `top` of their padding on, the even ones before the odd ones."""
    channels, height, above, left = frame
    pitch, plane = layout.pitch, layout.plane
    width, half = images.shape[1], len(room) // 2
    for channel in range(count * channels):
        line = (first * channels + channel) * height - above
        for row in range(plane // pitch * 2):
            to = row % 2 * half + (channel * plane + row // 2 * pitch) * 2
            if above <= top + row < above + height:
                copy(images, (line + top + row) * width, room, to + left, width)
            else:
                for column in range(2 * pitch):
                    room[to + column] = 0


@jit
def _patches_in(room: Array, count: int, pitch: int, planes: Array, patches: Array) -> None:
    """The room's four planes, and of the `count` patches that begin in the first of them B' d B."""
    apart, out, half = planes.shape[1], patches.shape[1], len(room) // 2
    for odd in range(2):
        for at in range(0, count, LANES):
            to = 2 * odd * apart + at
            part(room, odd * half + 2 * at, planes, to, planes, to + apart)
    for at in range(0, count, LANES):
        _patch_in(planes, at, 2 * apart, pitch, apart, 1, patches, at, 4 * out, out)


@jit
def _products(
    patches: Array, windows: Array, bias: Array, offsets: Table, tables: Tables, cells: int, products: Array
) -> None:
    """For each of the 16 places of a patch the sums over the channels."""
    bases, targets, _ = tables
    nothing = np.zeros(LANES, np.float32)
    for place in range(16):
        # A' (..) A takes what is added in the second row and column to all four sums.
        plus = bias if place == 5 else nothing
        for first in range(0, cells, CELLS):
            at = max(min(first, cells - CELLS), 0)
            tile(
                *(patches[place], bases, at, offsets, windows[place], 1),
                *(plus, 0, products[place], targets, 1),
            )


@jit
def _sums_of(products: Array, rows: int, across: int, sums: Array) -> bool:
    """A' (..) A of rows of patches, two rows of sums each; whether all sums are finite."""
    apart, wide = products.shape[1] * LANES, 2 * across
    for row in range(rows):
        for column in range(across):
            start, to = (row * across + column) * LANES, (row * wide + column) * 2 * LANES
            _sums_out(
                *(products, start, 4 * apart, 8 * apart, apart, 2 * apart),
                *(sums, to, wide * LANES, LANES),
            )
    check = np.float32(0)
    for at in range(rows * 2 * wide):
        for lane in range(LANES):
            check += sums[at, lane] * np.float32(0)
    return bool(check == 0)


@jit
def _put(
    sums: Array, layout: Layout, first: int, count: int, top: int, vector: int, size: Sums, result: Array
) -> None:
    """One vector of outputs to the result."""
    outputs, height, width = size
    lanes, places = min(LANES, outputs - vector * LANES), height * width
    wide, high = 2 * layout.across, min(2 * layout.band, height - top)
    for image in range(count):
        row = image * 2 * layout.band * wide
        to = ((first + image) * outputs + vector * LANES) * places + top * width
        if wide == width:
            unload(sums, row, high * width, result, to, places, lanes)
        else:
            for line in range(high):
                unload(sums, row + line * wide, width, result, to + line * width, places, lanes)


@jit
def convolve(
    images: Array,
    frame: Frame,
    windows: Array,
    bias: Array,
    result: Array,
    size: Sums,
    layout: Layout,
    tables: Tables,
    share: Part,
) -> bool:
    """As `correlate`, with windows of `windows_in`; whether all sums are finite."""
    channels, across, band = frame.channels, layout.across, layout.band
    plane, pitch = layout.plane, layout.pitch
    block = min(layout.block, max(share.stop - share.start, CELLS))
    # A vector may reach past the last plane, and a patch of its last place one row and column further.
    length = block * channels * plane + 2 * LANES + pitch
    room = np.zeros(4 * length, np.float32)
    planes, patches = np.empty((4, length), np.float32), np.empty((16, length), np.float32)
    products = np.empty((16, block * band * across + CELL, LANES), np.float32)
    sums = np.empty((4 * block * band * across, LANES), np.float32)
    offsets = np.arange(channels) * plane
    finite = True
    for first in range(share.start, share.stop, block):
        count = min(block, share.stop - first)
        cells = count * band * -(-across // CELL)
        for top in range(0, 2 * layout.down, 2 * band):
            _settle_in(images, frame, first, count, top, layout, room)
            _patches_in(room, count * channels * plane, pitch, planes, patches)
            for vector in range(share.first, share.last):
                _products(patches, windows[:, vector], bias[vector], offsets, tables, cells, products)
                finite = _sums_of(products, count * band, across, sums) and finite
                _put(sums, layout, first, count, top, vector, size, result)
    return finite


@jit
def _get(
    gradient: Array, size: Sums, first: int, count: int, top: int, vector: int, layout: Layout, rows: Array
) -> None:
    """One vector of outputs from the gradient, with zeros where patches reach beyond it."""
    outputs, height, width = size
    lanes, places, wide = min(LANES, outputs - vector * LANES), height * width, 2 * layout.across
    for image in range(count):
        start = ((first + image) * outputs + vector * LANES) * places
        for line in range(2 * layout.band):
            row = (image * 2 * layout.band + line) * wide
            if top + line < height:
                load(gradient, start + (top + line) * width, width, places, lanes, rows, row)
            else:
                rows[row : row + wide] = 0


@jit
def _sums_back(rows: Array, count: int, across: int, panels: Array) -> None:
    """A y A' of `count` rows of patches."""
    apart, wide = panels.shape[1] * LANES, 2 * across
    for row in range(count):
        for column in range(across):
            start, to = (row * wide + column) * 2 * LANES, (row * across + column) * LANES
            _sums_in(rows, start, wide * LANES, 0, LANES, 0, panels, to, 4 * apart, apart)


@jit
def collect(
    images: Array,
    frame: Frame,
    gradient: Array,
    size: Sums,
    total: Array,
    layout: Layout,
    tables: Tables,
    share: Part,
) -> None:
    """As the other `collect`, with `total` (16, vectors, channels, LANES) and cells of channels."""
    channels, across, band = frame.channels, layout.across, layout.band
    plane, pitch = layout.plane, layout.pitch
    block = min(layout.block, share.stop - share.start)
    length = block * channels * plane + 2 * LANES + pitch
    room = np.zeros(4 * length, np.float32)
    planes, patches = np.empty((4, length), np.float32), np.empty((16, length), np.float32)
    rows = np.zeros((4 * block * band * across, LANES), np.float32)
    panels = np.empty((16, block * band * across, LANES), np.float32)
    targets = np.arange(0, total.shape[2], CELL)
    bases = np.minimum(targets, channels - CELL) * plane
    for first in range(share.start, share.stop, block):
        count = min(block, share.stop - first)
        offsets = tables.places[: count * band * across]
        for top in range(0, 2 * layout.down, 2 * band):
            _settle_in(images, frame, first, count, top, layout, room)
            _patches_in(room, count * channels * plane, pitch, planes, patches)
            for vector in range(share.first, share.last):
                _get(gradient, size, first, count, top, vector, layout, rows)
                _sums_back(rows, count * band, across, panels)
                for place in range(16):
                    sums = total[place, vector]
                    for at in range(0, len(bases), FEW):
                        small_tile(
                            *(patches[place], bases, at, offsets, panels[place], plane),
                            *(sums, LANES, sums, targets, 1),
                        )
