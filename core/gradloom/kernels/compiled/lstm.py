"""Long short-term memory over time: see `kernels/recurrent.py`.

The loops over units are short, since each may read and write few arrays to become vector code.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.cells import (
    GATES,
    HELD,
    arrays,
    back_through,
    backward_panels,
    by_sequences,
    collect,
    gather,
    multiply,
    panels,
    pitch_of,
    room_for_gradients,
    scatter,
    schedule_of,
    see,
    weight_gradients,
    whole,
    work_of,
)
from gradloom.kernels.compiled.elementary import sigmoid, tanh
from gradloom.kernels.compiled.jit import jit, jit_inside
from gradloom.kernels.compiled.vectors import LANES
from gradloom.kernels.recurrent import Steps

Array = np.ndarray[Any, Any]

_ONE = np.float32(1)


def lstm_steps(
    input: Array, w_ih: Array, bias: Array | None, w_hh: Array, w_hr: Array | None, hidden: Array,
    cell: Array, steps: Steps,
) -> tuple[Array, ...]:  # fmt: skip
    """See the reference."""
    size = cell.shape[1]
    out, cells, gates = arrays(len(input), size, size, 4 * size)
    state, c, schedule = hidden.copy(), cell.copy(), schedule_of(steps)
    weights = panels(w_ih, bias, w_hh, None, False)
    count, work = len(state), work_of(len(state), len(input), w_hh)
    _lstm(input, weights, gates, out, cells, state, c, schedule, count, work)
    return out, state, c, gates, cells


@by_sequences
def _lstm(
    input: Array, weights: Array, gates: Array, out: Array, cells: Array, state: Array, c: Array,
    schedule: Array, first: int, last: int,
) -> None:  # fmt: skip
    inputs, size = input.shape[1], state.shape[1]
    length, pitch, most = inputs + size + 2, pitch_of(inputs, size), whole(last - first)
    rows, sums = np.zeros(most * pitch, np.float32), np.empty(GATES * most * LANES, np.float32)
    made = np.empty(2 * most * LANES, np.float32)
    for step in range(len(schedule)):
        start, stop = schedule[step, 0], min(last, schedule[step, 1])
        if stop <= first:
            continue
        start, count = start + first, stop - first
        lanes = whole(count) * LANES
        see(input, start, state, 0, 0, state, first, count, rows, 0)
        for block in range(-(-size // LANES)):
            left = block * LANES
            width = min(LANES, size - left)
            for gate in range(GATES):
                panel = (block * GATES + gate) * length * LANES
                multiply(rows, 0, pitch, count, weights, panel, length - 1, sums, gate * lanes)
            gather(c, first * size + left, size, count, width, made, 0)
            _lstm_cells(sums[: GATES * lanes], made[:lanes], made[lanes : 2 * lanes])
            for gate in range(GATES):
                at = start * GATES * size + gate * size + left
                scatter(sums, gate * lanes, count, width, gates, at, GATES * size)
            scatter(made, 0, count, width, c, first * size + left, size)
            scatter(made, 0, count, width, cells, start * size + left, size)
            scatter(made, lanes, count, width, state, first * size + left, size)
            scatter(made, lanes, count, width, out, start * size + left, size)


@jit_inside
def _lstm_cells(gates: Array, c: Array, out: Array) -> None:
    """Sums to gates and states before to states, in place, loop by loop, as vector code wants."""
    count = len(c)
    i, f, candidate, o = (
        gates[:count], gates[count : 2 * count], gates[2 * count : 3 * count], gates[3 * count : 4 * count],
    )  # fmt: skip
    sigmoids = gates[: 2 * count]
    for at in range(2 * count):
        sigmoids[at] = sigmoid(sigmoids[at])
    for at in range(count):
        candidate[at] = tanh(candidate[at])
    for at in range(count):
        o[at] = sigmoid(o[at])
    for at in range(count):
        c[at] = f[at] * c[at] + i[at] * candidate[at]
    for at in range(count):
        out[at] = o[at] * tanh(c[at])


def lstm_gradients(
    grad: Array, last_grad: Array, last_cell_grad: Array, w_hh: Array, w_hr: Array | None, input: Array,
    hidden: Array, cell: Array, steps: Steps, out: Array, gates: Array, cells: Array, needed: bool,
) -> tuple[Array | None, ...]:  # fmt: skip
    """See the reference."""
    grad = np.ascontiguousarray(grad)  # that of a sum is one number, repeated
    inputs, size = input.shape[1], cell.shape[1]
    grads = np.empty((len(gates) if needed else 0, 4 * size), np.float32)
    back, c_back, schedule = last_grad.copy(), last_cell_grad.copy(), schedule_of(steps)
    totals = room_for_gradients(inputs, size)
    count, work = len(cell), work_of(len(cell), len(gates), w_hh)
    _lstm_back(
        *(grad, backward_panels(w_hh), input, hidden, cell, out, gates, cells),
        *(grads, back, c_back, totals, schedule, count, work),
    )
    found = weight_gradients(totals, inputs, size, (0, 1, 2, 3), 3)
    return grads if needed else None, back, c_back, *found, None


@by_sequences
def _lstm_back(
    grad: Array, weights: Array, input: Array, hidden: Array, cell: Array, out: Array, gates: Array,
    cells: Array, grads: Array, back: Array, c_back: Array, totals: Array, schedule: Array, first: int,
    last: int,
) -> None:  # fmt: skip
    inputs, size = input.shape[1], cell.shape[1]
    wide, pitch, most = -(-size // LANES) * LANES, pitch_of(inputs, size), whole(last - first)
    capacity = max(most, HELD)
    rows, sums = np.zeros(capacity * pitch, np.float32), np.empty(most * LANES, np.float32)
    # A little wider, so that rows do not share a place in the cache.
    slopes, squashed = np.zeros((capacity, GATES * wide + LANES), np.float32), np.empty(size, np.float32)
    total, held = totals[min(first, 1)], 0
    for step in range(len(schedule) - 1, -1, -1):
        start, stop = schedule[step, 0], min(last, schedule[step, 1])
        if stop <= first:
            continue
        earlier, known = (schedule[step - 1, 0], schedule[step - 1, 1]) if step else (0, 0)
        start, count = start + first, stop - first
        if held + whole(count) > capacity:
            _collect(slopes, wide, rows, inputs, size, held, total, pitch)
            held = 0
        for row in range(count):
            at, now = first + row, slopes[held + row]
            before = cells[earlier + at] if at < known else cell[at]
            _lstm_slopes(
                *(grad[start + row], gates[start + row], cells[start + row], before, squashed),
                *(back[at], c_back[at], now, wide),
            )
            if len(grads):
                for gate in range(GATES):
                    grads[start + row, gate * size : (gate + 1) * size] = now[
                        gate * wide : gate * wide + size
                    ]
        see(input, start, out, earlier, known, hidden, first, count, rows, held)
        apart = slopes.shape[1]
        back_through(slopes, held * apart, apart, count, weights, GATES * wide, sums, back, first, False)
        held += count
    _collect(slopes, wide, rows, inputs, size, held, total, pitch)


@jit
def _collect(
    slopes: Array, wide: int, rows: Array, inputs: int, size: int, held: int, total: Array, pitch: int
) -> None:
    if held:
        columns = inputs + 1 + size
        collect(slopes, 0, slopes.shape[1], GATES * wide, rows, 0, columns, held, total, pitch)


@jit_inside
def _lstm_slopes(
    grad: Array, gates: Array, cells: Array, before: Array, squashed: Array, back: Array, c_back: Array,
    now: Array, wide: int,
) -> None:  # fmt: skip
    size = len(cells)
    i, f, candidate, o = (
        gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size], gates[3 * size : 4 * size],
    )  # fmt: skip
    to_i, to_f = now[:size], now[wide : wide + size]
    to_candidate, to_o = now[2 * wide : 2 * wide + size], now[3 * wide : 3 * wide + size]
    for at in range(size):
        squashed[at] = tanh(cells[at])
    for at in range(size):
        back[at] += grad[at]
    for at in range(size):
        to_o[at] = back[at] * squashed[at] * o[at] * (_ONE - o[at])
    for at in range(size):
        c_back[at] += back[at] * o[at] * (_ONE - squashed[at] * squashed[at])
    for at in range(size):
        to_i[at] = c_back[at] * candidate[at] * i[at] * (_ONE - i[at])
    for at in range(size):
        to_candidate[at] = c_back[at] * i[at] * (_ONE - candidate[at] * candidate[at])
    for at in range(size):
        to_f[at] = c_back[at] * before[at] * f[at] * (_ONE - f[at])
    for at in range(size):
        c_back[at] *= f[at]
