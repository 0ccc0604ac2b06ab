"""The loops of a convolution by tiles: images into tiles, products of their transforms, sums back to images.

A tile is a square of outputs; what they reach of a channel is a square of values. Both are transformed by a
scheme's matrices (`schemes`), LANES channels or outputs at a time. In between lie sums over the channels, for
each of the `side * side` places of a transform.

An infinity or a NaN would spread to the whole tile, and so would the roundings of a number that is far larger
than those around it. They make a sum that is not finite or very large, so that whoever calls can do the work
again by the definition.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.convolving.plans import Plan, whole_cells
from gradloom.kernels.compiled.convolving.rooms import first_of, memory, settle, unsettle
from gradloom.kernels.compiled.convolving.transforms import Steps, Ways, transform
from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import inlined, jit, jit_inside
from gradloom.kernels.compiled.tiles import CELL, tiles
from gradloom.kernels.compiled.vectors import LANES, LARGE, turn

Array = np.ndarray[Any, Any]
Table = np.ndarray[Any, np.dtype[np.int64]]

_SUMMED = 16  # channels in a row, before what they sum to is added to the others: roundings grow less
_SHARES = 4  # of the windows' gradient, which are added
_ASIDE = 16  # values between two places, so that they do not lie in the same lines of the cache


@jit_inside
def _rooms(plan: Plan, way: Ways) -> tuple[Array, Array]:
    """For a block's images, with zeros for their padding, and for its sums."""
    images = memory(len(plan.places) // plan.images.width * plan.images.pitch * LANES)
    images[:] = 0
    sums = memory(min(plan.grid.band, plan.grid.down) * way.outs * plan.sums.pitch * LANES)
    return images, sums


@jit_inside
def _values_in(
    images: Array, plan: Plan, way: Ways, start: int, stop: int, room: Array, patches: Array
) -> None:
    """B d B' of the tiles of rows `start` to `stop`, for all channels."""
    grid, channels, line = plan.grid, plan.images.channels, plan.images.pitch * LANES
    apart = len(patches) // way.side**2
    for vector in range(-(-channels // LANES)):
        channel = first_of(vector, channels)
        row = start
        while row < stop:
            image, top = row // grid.down, row % grid.down
            rows = min(grid.down - top, stop - row)
            first, lines = top * way.step - grid.above, (rows - 1) * way.step + way.span
            settle(images, plan.images, image, channel, first, lines, room, plan.places)
            for within in range(rows):
                to = (row - start + within) * grid.across * channels + channel
                seen = Steps(within * way.step * line, way.step * LANES, line, LANES)
                put = Steps(to, channels, way.side * apart, apart)
                transform(way.values, grid.across, room, seen, patches, put)
            row += rows


@jit_inside
def _windows_in(
    weight: Array,
    outputs: int,
    channels: int,
    taps: int,
    way: Ways,
    turned: bool,
    output: int,
    panel: Array,
    windows: Array,
    to: int,
) -> None:
    """G g G' of the windows of LANES outputs: (places, channels * LANES and some aside).

    `weight` is flat, (outputs, channels, places), or if `turned` (channels, outputs, places).
    """
    places = taps * taps
    if turned:
        for channel in range(channels):
            # What is beyond the last place is overwritten by the next channel.
            start = (channel * outputs + output) * places
            for j in range(0, places, LANES):
                turn(weight, start + j, places, panel, (channel * places + j) * LANES, LANES)
    else:
        for j in range(0, channels * places, LANES):
            at = min(j, channels * places - LANES)
            turn(weight, output * channels * places + at, channels * places, panel, at * LANES, LANES)
    apart = channels * LANES + _ASIDE
    seen, put = Steps(0, places * LANES, taps * LANES, LANES), Steps(to, LANES, way.side * apart, apart)
    transform(way.window, channels, panel, seen, windows, put)


@jit_inside
def _products(
    patches: Array,
    filled: int,
    channels: int,
    windows: Array,
    window: int,
    side: int,
    bases: Table,
    offsets: Table,
    products: Array,
    targets: Table,
) -> None:
    """For each place of so many patches the sums over the channels, with the windows from `window` on."""
    cells = whole_cells(-(-filled // CELL))
    # Zeros to begin from stand at the end: naming one array or the other would count references each time.
    nothing = len(products) - LANES
    pitch, panel_pitch = len(patches) // side**2, channels * LANES + _ASIDE
    product_pitch = nothing // LANES // side**2
    for place in range(side**2):
        for at in range(filled * channels, cells * CELL * channels):
            patches[place * pitch + at] = 0
        start, panel = place * pitch, (window + place * panel_pitch) // LANES
        row = place * product_pitch
        for begin in range(0, channels, _SUMMED):
            end = min(begin + _SUMMED, channels)
            plus, step = (0, LANES) if begin else (nothing, 0)
            tiles(
                *(patches, start, bases, cells, offsets, begin, end, windows, panel, channels),
                *(products, plus, step, products, row, targets, 1),
            )


@jit_inside
def _sums_out(
    products: Array,
    plan: Plan,
    way: Ways,
    start: int,
    stop: int,
    output: int,
    bias: Array,
    room: Array,
    result: Array,
) -> np.float32:
    """A (..) A' of the tiles of rows `start` to `stop` plus the bias; not finite if a sum is too large."""
    grid, line, apart = plan.grid, plan.sums.pitch * LANES, len(products) // way.side**2 // LANES * LANES
    check = np.zeros(LANES, np.float32)
    row = start
    while row < stop:
        image, top = row // grid.down, row % grid.down
        rows = min(grid.down - top, stop - row)
        for within in range(rows):
            seen = Steps((row - start + within) * grid.across * LANES, LANES, way.side * apart, apart)
            put = Steps(within * way.outs * line, way.outs * LANES, line, LANES)
            transform(way.sums, grid.across, products, seen, room, put)
        first, lines = top * way.outs, rows * way.outs
        unsettle(room, plan.sums, image, output, first, lines, bias, result, plan.sum_places, check)
        row += rows
    return _total(check)


@inlined
def _total(numbers: Array) -> np.float32:
    total = np.float32(0)
    for at in range(len(numbers)):
        total += numbers[at]
    return total


@shared
def _convolve(
    images: Array,
    weight: Array,
    bias: Array,
    result: Array,
    plan: Plan,
    way: Ways,
    taps: int,
    turned: bool,
    checks: Array,
    start: int,
    stop: int,
) -> None:
    """Shares `start` to `stop` of the rows of tiles, from images and windows to the result.

    Each transforms the windows for itself: fetching them from another core's cache takes longer.
    """
    channels, outputs, grid = plan.images.channels, plan.sums.channels, plan.grid
    cells = whole_cells(-(-grid.band * grid.across // CELL))
    room, sums = _rooms(plan, way)
    patches = memory(way.side**2 * (cells * CELL * channels + _ASIDE))
    products = memory((way.side**2 * (cells * CELL + 1) + 1) * LANES)
    products[-LANES:] = 0
    firsts, offsets = np.arange(cells) * CELL, np.arange(channels)
    bases, targets = firsts * channels, firsts
    begin, end = grid.rows * start // grid.shares, grid.rows * stop // grid.shares
    # One block needs each window once; several find all of them transformed.
    vectors, several = -(-outputs // LANES), end - begin > grid.band
    held = way.side**2 * (channels * LANES + _ASIDE)
    windows, panel = memory(held * (vectors if several else 1)), memory((channels * taps**2 + LANES) * LANES)
    for first in range(begin, end, grid.band):
        last = min(first + grid.band, end)
        _values_in(images, plan, way, first, last, room, patches)
        filled = (last - first) * grid.across
        for vector in range(vectors):
            output, to = first_of(vector, outputs), vector * held if several else 0
            if first == begin:
                _windows_in(weight, outputs, channels, taps, way, turned, output, panel, windows, to)
            _products(patches, filled, channels, windows, to, way.side, bases, offsets, products, targets)
            checks[start] += _sums_out(products, plan, way, first, last, output, bias, sums, result)


@jit
def convolve(
    images: Array, weight: Array, bias: Array, result: Array, plan: Plan, way: Ways, taps: int, turned: bool
) -> bool:
    """All sums; whether none is too large. Arrays are flat, and LANES values follow the weight's last."""
    checks = np.zeros(plan.grid.shares, np.float32)
    _convolve(images, weight, bias, result, plan, way, taps, turned, checks, plan.grid.shares, plan.work)
    return bool(np.isfinite(_total(checks)))


@jit_inside
def _sums_in(
    gradient: Array, plan: Plan, way: Ways, start: int, stop: int, output: int, room: Array, panels: Array
) -> None:
    """A' y A of the tiles of rows `start` to `stop`, for LANES outputs."""
    grid, line, apart = plan.grid, plan.sums.pitch * LANES, len(panels) // way.side**2
    row = start
    while row < stop:
        image, top = row // grid.down, row % grid.down
        rows = min(grid.down - top, stop - row)
        settle(gradient, plan.sums, image, output, top * way.outs, rows * way.outs, room, plan.sum_places)
        for within in range(rows):
            seen = Steps(within * way.outs * line, way.outs * LANES, line, LANES)
            put = Steps((row - start + within) * grid.across * LANES, LANES, way.side * apart, apart)
            transform(way.given, grid.across, room, seen, panels, put)
        row += rows


@jit_inside
def _shares(
    patches: Array, panels: Array, channels: int, filled: int, side: int, total: Array, to: int
) -> None:
    """For each place add the sums over so many tiles, for all channels and the outputs in the panels."""
    cells = whole_cells(-(-channels // CELL))
    bases, offsets = np.arange(cells) * CELL, np.arange(filled) * channels
    pitch, panel_pitch, total_pitch = (
        len(patches) // side**2,
        len(panels) // side**2,
        cells * CELL * LANES + _ASIDE,
    )
    for place in range(side**2):
        tiles(
            *(patches, place * pitch, bases, cells, offsets, 0, filled),
            *(panels, place * panel_pitch // LANES, 1),
            *(total, 0, LANES, total, (to + place * total_pitch) // LANES, bases, 1),
        )


@shared
def _collect(
    images: Array, gradient: Array, shares: Array, plan: Plan, way: Ways, taps: int, start: int, stop: int
) -> None:
    """What shares of the rows of tiles give to the windows: each (vectors, channels, places, LANES)."""
    channels, outputs, grid = plan.images.channels, plan.sums.channels, plan.grid
    vectors, rows, places = -(-outputs // LANES), whole_cells(-(-channels // CELL)) * CELL, taps * taps
    filled = grid.band * grid.across
    room, sums = _rooms(plan, way)
    sums[:] = 0
    # The last cells may reach past the last channel.
    patches = memory(way.side**2 * (filled * channels + _ASIDE) + rows)
    panels = memory(way.side**2 * (filled * LANES + _ASIDE))
    apart = rows * LANES + _ASIDE
    for share in range(start, stop):
        begin, end = grid.rows * share // len(shares), grid.rows * (share + 1) // len(shares)
        # One block gives each window all at once; to several each adds what it has.
        several = end - begin > grid.band
        total = memory(way.side**2 * apart * (vectors if several else 1))
        total[:] = 0
        for first in range(begin, end, grid.band):
            last = min(first + grid.band, end)
            _values_in(images, plan, way, first, last, room, patches)
            for vector in range(vectors):
                output, to = first_of(vector, outputs), vector * way.side**2 * apart if several else 0
                if not several:
                    total[:] = 0
                _sums_in(gradient, plan, way, first, last, output, sums, panels)
                _shares(patches, panels, channels, (last - first) * grid.across, way.side, total, to)
                if last == end:
                    seen = Steps(to, LANES, way.side * apart, apart)
                    put = Steps(vector * channels * places * LANES, places * LANES, taps * LANES, LANES)
                    transform(way.weights, channels, total, seen, shares[share], put)


@jit
def weight_gradient(images: Array, gradient: Array, result: Array, plan: Plan, way: Ways, taps: int) -> bool:
    """The windows' gradient; whether none of it is too large. All arrays are flat."""
    channels, outputs = plan.images.channels, plan.sums.channels
    vectors, values = -(-outputs // LANES), channels * taps * taps
    count = min(plan.grid.shares, _SHARES)
    shares = np.empty((count, vectors * values * LANES), np.float32)
    _collect(images, gradient, shares, plan, way, taps, count, plan.work)
    check = np.float32(0)
    for at in range(shares.shape[1]):
        total = np.float32(0)
        for share in range(count):
            total += shares[share, at]
        shares[0, at] = total
        check += total * np.float32(LARGE)
    for vector in range(vectors):
        output = first_of(vector, outputs)
        for j in range(0, values, LANES):
            at = min(j, values - LANES)
            turn(shares, (vector * values + at) * LANES, LANES, result, output * values + at, values)
    return bool(np.isfinite(check))
