"""Products of recurrent cells: LANES units of some sequences at a time, with all weights in panels.

What a cell sees of one sequence is a row: its input, 1, the state before, and 1 again, so that biases are
weights. A panel holds what one gate of LANES units makes of it, a row of LANES for each number.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import accumulate
from typing import Any

import numpy as np

from gradloom.kernels.compiled.columns import scaled
from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import inlined, jit, jit_inside
from gradloom.kernels.compiled.tiles import CELL, ROWS, narrow_strip, strip
from gradloom.kernels.compiled.vectors import LANES, copy, turn
from gradloom.kernels.recurrent import Steps

Array = np.ndarray[Any, Any]

_FEW = 8  # sequences that are not worth a second thread

by_sequences = partial(shared, most=2)
"""A loop over the steps of some sequences, which need no others."""

HELD = 32
"""Rows at least whose slopes are kept until the weights' gradient takes them all at once."""

GATES = 4
"""Panels of LANES units. A GRU has four as well: its candidate's input and memory are sums of their own."""

_1 = np.float32(1)


@lru_cache(maxsize=64)
def schedule_of(steps: Steps) -> Array:
    """For each step, in the order of time, where its rows begin and how many they are."""
    rows = zip(accumulate(steps.sizes, initial=0), steps.sizes, strict=False)
    return np.array(list(rows)[:: -1 if steps.reverse else 1], np.int64)


def work_of(count: int, rows: int, weight: Array) -> int:
    """What `count` sequences of so many rows in all take."""
    return rows * weight.size if count >= _FEW else 0


def arrays(rows: int, *sizes: int) -> list[Array]:
    """Room for rows of each size."""
    return [np.empty((rows, size), np.float32) for size in sizes]


def room_for_gradients(inputs: int, size: int) -> Array:
    """Two parts' gradients of four gates' weights."""
    return np.zeros((2, GATES * blocks(size) * LANES, pitch_of(inputs, size)), np.float32)


def blocks(units: int) -> int:
    """How often LANES units are begun."""
    return -(-units // LANES)


def panels(w_ih: Array, bias: Array | None, w_hh: Array, memory_bias: Array | None, apart: bool) -> Array:
    """All weights; with `apart` the last gate's input and memory are two panels."""
    inputs, units = w_ih.shape[1], w_hh.shape[1]
    out = np.zeros(blocks(units) * GATES * (inputs + units + 2) * LANES, np.float32)
    added = np.zeros(len(w_ih), np.float32) if bias is None else bias
    memory = np.zeros(units, np.float32) if memory_bias is None else memory_bias
    _pack(w_ih, added, w_hh, memory, apart, out, blocks(units), 4 * out.size)
    return out


@shared
def _pack(
    w_ih: Array, bias: Array, w_hh: Array, memory: Array, apart: bool, out: Array, start: int, stop: int
) -> None:
    inputs, units = w_ih.shape[1], w_hh.shape[1]
    size = (inputs + units + 2) * LANES
    for block in range(start, stop):
        left = block * LANES
        width = min(LANES, units - left)
        for gate in range(GATES):
            to, row = (block * GATES + gate) * size, min(gate, len(w_ih) // units - 1) * units + left
            if not apart or gate < GATES - 1:
                _turn_in(w_ih, row, width, out, to)
                for lane in range(width):
                    out[to + inputs * LANES + lane] = bias[row + lane]
            if not apart or gate != GATES - 2:
                _turn_in(w_hh, row, width, out, to + (inputs + 1) * LANES)
            if apart and gate == GATES - 1:
                for lane in range(width):
                    out[to + size - LANES + lane] = memory[left + lane]


@jit_inside
def _turn_in(weights: Array, row: int, width: int, out: Array, to: int) -> None:
    """Some rows as the columns of a panel."""
    columns = weights.shape[1]
    whole = columns // LANES * LANES if width == LANES else 0
    for column in range(0, whole, LANES):
        turn(weights, row * columns + column, columns, out, to + column * LANES, LANES)
    for lane in range(width):
        for column in range(whole, columns):
            out[to + column * LANES + lane] = weights[row + lane, column]


def backward_panels(w_hh: Array) -> Array:
    """The weights of the state, LANES columns at a time, each gate filled up to whole blocks."""
    units = w_hh.shape[1]
    wide = blocks(units) * LANES
    out = np.zeros(blocks(units) * len(w_hh) // units * wide * LANES, np.float32)
    _pack_columns(w_hh, out, blocks(units), 4 * out.size)
    return out


@shared
def _pack_columns(weights: Array, out: Array, start: int, stop: int) -> None:
    units = weights.shape[1]
    wide = -(-units // LANES) * LANES
    gates = len(weights) // units
    for block in range(start, stop):
        left = block * LANES
        for gate in range(gates):
            place, to = gate * units * units + left, (block * gates + gate) * wide * LANES
            gather(weights, place, units, units, min(LANES, units - left), out, to)


@jit_inside
def gather(rows: Array, start: int, pitch: int, count: int, width: int, out: Array, to: int) -> None:
    """Some columns of rows, which are `pitch` apart, to rows of LANES; both are flat."""
    if width == LANES:
        for row in range(count):
            scaled(rows, start + row * pitch, _1, out, to + row * LANES)
    else:
        flat = rows.reshape(rows.size)
        for row in range(count):
            for lane in range(width):
                out[to + row * LANES + lane] = flat[start + row * pitch + lane]


@jit_inside
def scatter(block: Array, start: int, count: int, width: int, rows: Array, to: int, pitch: int) -> None:
    """The opposite."""
    if width == LANES:
        for row in range(count):
            scaled(block, start + row * LANES, _1, rows, to + row * pitch)
    else:
        flat = rows.reshape(rows.size)
        for row in range(count):
            for lane in range(width):
                flat[to + row * pitch + lane] = block[start + row * LANES + lane]


@inlined
def whole(count: int) -> int:
    """A number of rows, filled up to whole strips."""
    return (count + CELL - 1) // CELL * CELL


@jit
def pitch_of(inputs: int, units: int) -> int:
    """From row to row of what cells see, which are whole vectors."""
    return -(-(inputs + units + 2) // LANES) * LANES


@jit_inside
def see(
    input: Array, start: int, states: Array, earlier: int, known: int, initial: Array, first: int, count: int,
    rows: Array, to: int,
) -> None:  # fmt: skip
    """What cells see of sequences from the `first`, whose inputs begin at row `start`.

    The states before lie in `states` from row `earlier` on, those of sequences from `known` on in `initial`.
    It goes to rows from `to` on.
    """
    inputs, units = input.shape[1], initial.shape[1]
    pitch = pitch_of(inputs, units)
    for row in range(count):
        at = (to + row) * pitch
        copy(input, (start + row) * inputs, rows, at, inputs)
        if first + row < known:
            copy(states, (earlier + first + row) * units, rows, at + inputs + 1, units)
        else:
            copy(initial, (first + row) * units, rows, at + inputs + 1, units)
        rows[at + inputs], rows[at + inputs + units + 1] = _1, _1


@jit
def multiply(
    rows: Array, start: int, pitch: int, count: int, panel: Array, at: int, length: int, out: Array, to: int
) -> None:
    """The sums of LANES units for some rows, filled up to whole strips."""
    row = 0
    while count - row >= ROWS:
        strip(rows, start + row * pitch, pitch, 1, panel, at, LANES, length, out, to, LANES, False)
        row, to = row + ROWS, to + ROWS * LANES
    while row < count:
        narrow_strip(rows, start + row * pitch, pitch, 1, panel, at, LANES, length, out, to, LANES, False)
        row, to = row + CELL, to + CELL * LANES


@jit_inside
def back_through(
    slopes: Array, first: int, pitch: int, count: int, panel: Array, length: int, sums: Array, back: Array,
    to: int, kept: bool,
) -> None:  # fmt: skip
    """What slopes of `count` sequences mean for the states before, to `back` from row `to` on.

    It is added to what is there if `kept`.
    """
    units, lanes = back.shape[1], count * LANES
    for block in range(-(-units // LANES)):
        left = block * LANES
        width = min(LANES, units - left)
        multiply(slopes, first, pitch, count, panel, left * length, length, sums, 0)
        if kept:
            before = sums[-lanes:]
            gather(back, to * units + left, units, count, width, before, 0)
            for at in range(lanes):
                sums[at] += before[at]
        scatter(sums, 0, count, width, back, to * units + left, units)


@jit
def collect(
    slopes: Array, first: int, pitch: int, rows: int, seen: Array, left: int, columns: int, count: int,
    total: Array, width: int,
) -> None:  # fmt: skip
    """Add products of slopes and what cells have seen to the weights' gradient.

    They are those of `rows` sums (a multiple of LANES) from the `first`, and of some columns from `left` on,
    over `count` sequences; `width` is from row to row of what is seen and of the gradient.
    """
    for column in range(left, left + columns, LANES):
        for row in range(first, first + rows, ROWS):
            strip(
                *(slopes, row, 1, pitch, seen, column, width, count),
                *(total, row * width + column, width, True),
            )


def weight_gradients(
    totals: Array, inputs: int, units: int, places: tuple[int, ...], memory: int
) -> tuple[Array, Array, Array, Array]:
    """Those of w_ih, w_hh and both biases, from the sums of two parts.

    `places` says where each gate's sums are, and `memory` where those of the last gate's memory are.
    """
    size = len(places) * units
    made = np.empty((size, inputs), np.float32), np.empty((size, units), np.float32)
    to_biases = np.empty(size, np.float32), np.empty(size, np.float32)
    _split(totals, np.array(places), memory, *made, *to_biases, len(places), 4 * totals.size)
    return *made, *to_biases


@shared
def _split(
    totals: Array, places: Array, memory: int, to_w_ih: Array, to_w_hh: Array, to_b_ih: Array, to_b_hh: Array,
    start: int, stop: int,
) -> None:  # fmt: skip
    inputs, units = to_w_ih.shape[1], to_w_hh.shape[1]
    wide = -(-units // LANES) * LANES
    for gate in range(start, stop):
        apart = gate == len(places) - 1 and memory != places[gate]
        for unit in range(units):
            row, place = gate * units + unit, places[gate] * wide + unit
            one, other = totals[0, place], totals[1, place]
            for column in range(inputs):
                to_w_ih[row, column] = one[column] + other[column]
            to_b_ih[row] = one[inputs] + other[inputs]
            bias = inputs
            if apart:
                one, other = totals[0, memory * wide + unit], totals[1, memory * wide + unit]
                bias = inputs + units + 1
            for column in range(units):
                to_w_hh[row, column] = one[inputs + 1 + column] + other[inputs + 1 + column]
            to_b_hh[row] = one[bias] + other[bias]
