"""Gated recurrent units over time: see `kernels/recurrent.py`."""

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


def gru_steps(
    input: Array, w_ih: Array, bias: Array | None, memory_bias: Array | None, w_hh: Array, hidden: Array,
    steps: Steps,
) -> tuple[Array, ...]:  # fmt: skip
    """See the reference."""
    size = hidden.shape[1]
    out, recalled, gates = arrays(len(input), size, size, 3 * size)
    state, schedule = hidden.copy(), schedule_of(steps)
    weights = panels(w_ih, bias, w_hh, memory_bias, True)
    count, work = len(state), work_of(len(state), len(input), w_hh)
    _gru(input, weights, gates, recalled, out, state, schedule, count, work)
    return out, state, gates, recalled


@by_sequences
def _gru(
    input: Array, weights: Array, gates: Array, recalled: Array, out: Array, state: Array, schedule: Array,
    first: int, last: int,
) -> None:  # fmt: skip
    inputs, size = input.shape[1], state.shape[1]
    length, pitch, most = inputs + size + 2, pitch_of(inputs, size), whole(last - first)
    rows, sums = np.zeros(most * pitch, np.float32), np.empty(GATES * most * LANES, np.float32)
    h = np.empty(most * LANES, np.float32)
    memory = inputs + 1  # where what comes from the state begins
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
                begin = memory if gate == GATES - 1 else 0
                end = memory if gate == GATES - 2 else length - (gate < GATES - 1)
                at = panel + begin * LANES
                multiply(rows, begin, pitch, count, weights, at, end - begin, sums, gate * lanes)
            gather(state, first * size + left, size, count, width, h, 0)
            _gru_cells(sums[: GATES * lanes], h[:lanes])
            for gate in range(3):
                at = start * 3 * size + gate * size + left
                scatter(sums, gate * lanes, count, width, gates, at, 3 * size)
            scatter(sums, 3 * lanes, count, width, recalled, start * size + left, size)
            scatter(h, 0, count, width, state, first * size + left, size)
            scatter(h, 0, count, width, out, start * size + left, size)


@jit_inside
def _gru_cells(gates: Array, h: Array) -> None:
    """Sums to gates, and states before to states, in place."""
    count = len(h)
    r, z, candidate, memory = (
        gates[:count], gates[count : 2 * count], gates[2 * count : 3 * count], gates[3 * count : 4 * count],
    )  # fmt: skip
    sigmoids = gates[: 2 * count]
    for at in range(2 * count):
        sigmoids[at] = sigmoid(sigmoids[at])
    for at in range(count):
        candidate[at] = tanh(candidate[at] + r[at] * memory[at])
    for at in range(count):
        h[at] = candidate[at] + z[at] * (h[at] - candidate[at])


def gru_gradients(
    grad: Array, last_grad: Array, w_hh: Array, input: Array, hidden: Array, steps: Steps, out: Array,
    gates: Array, recalled: Array, needed: bool,
) -> tuple[Array | None, ...]:  # fmt: skip
    """See the reference."""
    grad = np.ascontiguousarray(grad)  # that of a sum is one number, repeated
    inputs, size = input.shape[1], hidden.shape[1]
    grads = np.empty((len(gates) if needed else 0, 3 * size), np.float32)
    back, schedule, totals = last_grad.copy(), schedule_of(steps), room_for_gradients(inputs, size)
    count, work = len(back), work_of(len(back), len(gates), w_hh)
    _gru_back(
        *(grad, backward_panels(w_hh), input, hidden, out, gates, recalled),
        *(grads, back, totals, schedule, count, work),
    )
    found = weight_gradients(totals, inputs, size, (1, 2, 0), 3)
    return grads if needed else None, back, *found


@by_sequences
def _gru_back(
    grad: Array, weights: Array, input: Array, hidden: Array, out: Array, gates: Array, recalled: Array,
    grads: Array, back: Array, totals: Array, schedule: Array, first: int, last: int,
) -> None:  # fmt: skip
    """Slopes lie in the order candidate, reset, update, memory: the state is behind the last three."""
    inputs, size = input.shape[1], hidden.shape[1]
    wide, pitch, most = -(-size // LANES) * LANES, pitch_of(inputs, size), whole(last - first)
    capacity = max(most, HELD)
    rows, sums = np.zeros(capacity * pitch, np.float32), np.empty(2 * most * LANES, np.float32)
    slopes = np.zeros((capacity, GATES * wide + LANES), np.float32)
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
            before = out[earlier + at] if at < known else hidden[at]
            _gru_slopes(
                *(grad[start + row], gates[start + row], recalled[start + row], before, back[at]),
                *(now, wide),
            )
            if len(grads):
                for gate in range(3):
                    from_ = (gate + 1) % 3 * wide
                    grads[start + row, gate * size : (gate + 1) * size] = now[from_ : from_ + size]
        see(input, start, out, earlier, known, hidden, first, count, rows, held)
        apart = slopes.shape[1]
        back_through(slopes, held * apart + wide, apart, count, weights, 3 * wide, sums, back, first, True)
        held += count
    _collect(slopes, wide, rows, inputs, size, held, total, pitch)


@jit
def _collect(
    slopes: Array, wide: int, rows: Array, inputs: int, size: int, held: int, total: Array, pitch: int
) -> None:
    if not held:
        return
    apart = slopes.shape[1]
    collect(slopes, 0, apart, wide, rows, 0, inputs + 1, held, total, pitch)
    collect(slopes, wide, apart, 2 * wide, rows, 0, inputs + 1 + size, held, total, pitch)
    # Whole vectors that end in the row; what they hold of the input belongs to nobody.
    memory = -(-(size + 1) // LANES) * LANES
    left = min(inputs + 1, pitch - memory)
    collect(slopes, 3 * wide, apart, wide, rows, left, memory, held, total, pitch)


@jit_inside
def _gru_slopes(
    grad: Array, gates: Array, recalled: Array, before: Array, back: Array, now: Array, wide: int
) -> None:
    size = len(back)
    r, z, candidate = gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size]
    to_candidate, to_r = now[:size], now[wide : wide + size]
    to_z, to_recalled = now[2 * wide : 2 * wide + size], now[3 * wide : 3 * wide + size]
    for at in range(size):
        back[at] += grad[at]
    for at in range(size):
        to_z[at] = back[at] * (before[at] - candidate[at]) * z[at] * (_ONE - z[at])
    for at in range(size):
        to_candidate[at] = back[at] * (_ONE - z[at]) * (_ONE - candidate[at] * candidate[at])
    for at in range(size):
        to_r[at] = to_candidate[at] * recalled[at] * r[at] * (_ONE - r[at])
    for at in range(size):
        to_recalled[at] = to_candidate[at] * r[at]
    for at in range(size):
        back[at] *= z[at]
