"""Recurrent layers over time: all steps of some of the sequences in one go, which need no others."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np

from gradloom.kernels.compiled.blas import gemm_of_few
from gradloom.kernels.compiled.elementary import sigmoid, tanh
from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.parallel import in_parts
from gradloom.kernels.recurrent import Steps

Array = np.ndarray[Any, Any]

_ONE = np.float32(1)
_FEW = 16  # sequences that are not worth a second thread


@lru_cache(maxsize=64)
def _schedule(steps: Steps) -> Array:
    """For each step, in the order of time, where its rows begin and how many they are."""
    rows = zip(accumulate(steps.sizes, initial=0), steps.sizes, strict=False)
    return np.array(list(rows)[:: -1 if steps.reverse else 1], np.int64)


def _in_parts(run: Callable[[int, int], None], count: int, rows: int, weight: Array) -> None:
    """`run(first, stop)` for the sequences of each part."""
    in_parts(run, count, rows * weight.size if count >= _FEW else 0, most=2)


def _turned(weight: Array) -> Array:
    return np.ascontiguousarray(weight.T)


def _known(bias: Array | None, size: int) -> Array:
    return np.zeros(size, np.float32) if bias is None else bias


def _arrays(rows: int, *sizes: int) -> list[Array]:
    return [np.empty((rows, size), np.float32) for size in sizes]


# The plain recurrence


def rnn_steps(
    input: Array, w_ih: Array, bias: Array | None, w_hh: Array, hidden: Array, steps: Steps, relu: bool
) -> tuple[Array, Array]:
    """See the reference."""
    (out,), state, schedule = _arrays(len(input), len(w_hh)), hidden.copy(), _schedule(steps)
    into, turned, added = _turned(w_ih), _turned(w_hh), _known(bias, len(w_hh))

    def run(first: int, last: int) -> None:
        _rnn(input, into, added, turned, out, state, schedule, relu, first, last)

    _in_parts(run, len(state), len(input), w_hh)
    return out, state


@jit
def _rnn(
    input: Array, into: Array, bias: Array, turned: Array, out: Array, state: Array, schedule: Array,
    relu: bool, first: int, last: int,
) -> None:  # fmt: skip
    for step in range(len(schedule)):
        start, stop = schedule[step, 0], min(last, schedule[step, 1])
        if stop <= first:
            continue
        rows, h = slice(start + first, start + stop), state[first:stop]
        now = out[rows]
        gemm_of_few(input[rows], into, now, 0.0)
        gemm_of_few(h, turned, now, 1.0)
        for row in range(stop - first):
            _add(now[row], bias)
            if relu:
                _rectify(now[row])
            else:
                _squash(now[row])
            h[row] = now[row]


@jit
def _add(row: Array, other: Array) -> None:
    for at in range(len(row)):
        row[at] += other[at]


@jit
def _rectify(row: Array) -> None:
    for at in range(len(row)):
        # Not `max`, which may lose a NaN.
        row[at] = np.float32(0) if row[at] < 0 else row[at]


@jit
def _squash(row: Array) -> None:
    for at in range(len(row)):
        row[at] = tanh(row[at])


def rnn_steps_backward(
    grad: Array, last_grad: Array, w_hh: Array, out: Array, steps: Steps, relu: bool
) -> tuple[Array, Array]:
    """See the reference."""
    grads, back, schedule = np.empty_like(out), last_grad.copy(), _schedule(steps)

    def run(first: int, last: int) -> None:
        _rnn_back(grad, w_hh, out, grads, back, schedule, relu, first, last)

    _in_parts(run, len(back), len(out), w_hh)
    return grads, back


@jit
def _rnn_back(
    grad: Array, w_hh: Array, out: Array, grads: Array, back: Array, schedule: Array, relu: bool,
    first: int, last: int,
) -> None:  # fmt: skip
    for step in range(len(schedule) - 1, -1, -1):
        start, stop = schedule[step, 0], min(last, schedule[step, 1])
        if stop <= first:
            continue
        rows = slice(start + first, start + stop)
        given, made, now, h = grad[rows], out[rows], grads[rows], back[first:stop]
        for row in range(stop - first):
            _rnn_slopes(given[row], made[row], h[row], now[row], relu)
        gemm_of_few(now, w_hh, h, 0.0)


@jit
def _rnn_slopes(grad: Array, out: Array, back: Array, now: Array, relu: bool) -> None:
    if relu:
        for at in range(len(out)):
            slope = _ONE if out[at] > 0 else np.float32(0)
            now[at] = slope * (grad[at] + back[at])
    else:
        for at in range(len(out)):
            now[at] = (_ONE - out[at] * out[at]) * (grad[at] + back[at])


# LSTM. The loops over a row are short, since each may read and write few arrays to become vector code.


def lstm_steps(
    input: Array, w_ih: Array, bias: Array | None, w_hh: Array, w_hr: Array | None, hidden: Array,
    cell: Array, steps: Steps,
) -> tuple[Array, ...]:  # fmt: skip
    """See the reference."""
    size = cell.shape[1]
    out, cells, gates = _arrays(len(input), size, size, 4 * size)
    state, c, schedule = hidden.copy(), cell.copy(), _schedule(steps)
    into, turned, added = _turned(w_ih), _turned(w_hh), _known(bias, 4 * size)

    def run(first: int, last: int) -> None:
        _lstm(input, into, added, turned, gates, out, cells, state, c, schedule, first, last)

    _in_parts(run, len(state), len(input), w_hh)
    return out, state, c, gates, cells


@jit
def _lstm(
    input: Array, into: Array, bias: Array, turned: Array, gates: Array, out: Array, cells: Array,
    state: Array, c: Array, schedule: Array, first: int, last: int,
) -> None:  # fmt: skip
    for step in range(len(schedule)):
        start, stop = schedule[step, 0], min(last, schedule[step, 1])
        if stop <= first:
            continue
        rows = slice(start + first, start + stop)
        now, results, kept = gates[rows], out[rows], cells[rows]
        gemm_of_few(input[rows], into, now, 0.0)
        gemm_of_few(state[first:stop], turned, now, 1.0)
        for row in range(stop - first):
            _add(now[row], bias)
            _lstm_row(now[row], results[row], kept[row], state[first + row], c[first + row])


@jit
def _lstm_row(gates: Array, out: Array, cells: Array, state: Array, c: Array) -> None:
    size = len(c)
    i, f, candidate, o = (
        gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size], gates[3 * size : 4 * size],
    )  # fmt: skip
    sigmoids = gates[: 2 * size]
    for at in range(2 * size):
        sigmoids[at] = sigmoid(sigmoids[at])
    for at in range(size):
        candidate[at] = tanh(candidate[at])
    for at in range(size):
        o[at] = sigmoid(o[at])
    for at in range(size):
        cells[at] = f[at] * c[at] + i[at] * candidate[at]
    for at in range(size):
        out[at] = o[at] * tanh(cells[at])
    c[:], state[:] = cells, out


def lstm_steps_backward(
    grad: Array, last_grad: Array, last_cell_grad: Array, w_hh: Array, w_hr: Array | None, cell: Array,
    gates: Array, cells: Array, steps: Steps,
) -> tuple[Array, Array, Array, Array | None]:  # fmt: skip
    """See the reference."""
    grads, back, c_back, schedule = (
        np.empty_like(gates),
        last_grad.copy(),
        last_cell_grad.copy(),
        _schedule(steps),
    )

    def run(first: int, stop: int) -> None:
        _lstm_back(grad, w_hh, cell, gates, cells, grads, back, c_back, schedule, first, stop)

    _in_parts(run, len(cell), len(gates), w_hh)
    return grads, back, c_back, None


@jit
def _lstm_back(
    grad: Array, w_hh: Array, cell: Array, gates: Array, cells: Array, grads: Array, back: Array,
    c_back: Array, schedule: Array, first: int, last: int,
) -> None:  # fmt: skip
    squashed = np.empty(cell.shape[1], np.float32)
    for step in range(len(schedule) - 1, -1, -1):
        start, stop = schedule[step, 0], min(last, schedule[step, 1])
        if stop <= first:
            continue
        rows = slice(start + first, start + stop)
        earlier, known = (schedule[step - 1, 0], schedule[step - 1, 1]) if step else (0, 0)
        given, now, made, kept, h = grad[rows], grads[rows], gates[rows], cells[rows], back[first:stop]
        for row in range(stop - first):
            at = first + row
            before = cells[earlier + at] if at < known else cell[at]
            _lstm_slopes(given[row], made[row], kept[row], before, squashed, h[row], c_back[at], now[row])
        gemm_of_few(now, w_hh, h, 0.0)


@jit
def _lstm_slopes(
    grad: Array, gates: Array, cells: Array, before: Array, squashed: Array, back: Array, c_back: Array,
    now: Array,
) -> None:  # fmt: skip
    size = len(cells)
    i, f, candidate, o = (
        gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size], gates[3 * size : 4 * size],
    )  # fmt: skip
    to_i, to_f, to_candidate, to_o = (
        now[:size], now[size : 2 * size], now[2 * size : 3 * size], now[3 * size : 4 * size],
    )  # fmt: skip
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


# GRU


def gru_steps(
    input: Array, w_ih: Array, bias: Array | None, memory_bias: Array | None, w_hh: Array, hidden: Array,
    steps: Steps,
) -> tuple[Array, ...]:  # fmt: skip
    """See the reference."""
    size = hidden.shape[1]
    out, recalled, gates = _arrays(len(input), size, size, 3 * size)
    state, schedule = hidden.copy(), _schedule(steps)
    into, turned = _turned(w_ih), _turned(w_hh)
    added, memory = _known(bias, 3 * size), _known(memory_bias, size)

    def run(first: int, last: int) -> None:
        _gru(input, into, added, memory, turned, gates, recalled, out, state, schedule, first, last)

    _in_parts(run, len(state), len(input), w_hh)
    return out, state, gates, recalled


@jit
def _gru(
    input: Array, into: Array, bias: Array, memory_bias: Array, turned: Array, gates: Array, recalled: Array,
    out: Array, state: Array, schedule: Array, first: int, last: int,
) -> None:  # fmt: skip
    size = state.shape[1]
    for step in range(len(schedule)):
        start, stop = schedule[step, 0], min(last, schedule[step, 1])
        if stop <= first:
            continue
        rows, h = slice(start + first, start + stop), state[first:stop]
        now, memory, results = gates[rows], recalled[rows], out[rows]
        gemm_of_few(input[rows], into, now, 0.0)
        gemm_of_few(h, turned[:, : 2 * size], now[:, : 2 * size], 1.0)
        gemm_of_few(h, turned[:, 2 * size :], memory, 0.0)
        for row in range(stop - first):
            _add(now[row], bias)
            _add(memory[row], memory_bias)
            _gru_row(now[row], memory[row], h[row], results[row])


@jit
def _gru_row(gates: Array, recalled: Array, h: Array, out: Array) -> None:
    size = len(h)
    r, z, candidate = gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size]
    sigmoids = gates[: 2 * size]
    for at in range(2 * size):
        sigmoids[at] = sigmoid(sigmoids[at])
    for at in range(size):
        candidate[at] = tanh(candidate[at] + r[at] * recalled[at])
    for at in range(size):
        out[at] = candidate[at] + z[at] * (h[at] - candidate[at])
    h[:] = out


def gru_steps_backward(
    grad: Array, last_grad: Array, w_hh: Array, before: Array, gates: Array, recalled: Array, steps: Steps
) -> tuple[Array, Array, Array]:
    """See the reference."""
    grads, to_recalled, back = np.empty_like(gates), np.empty_like(before), last_grad.copy()
    schedule = _schedule(steps)

    def run(first: int, stop: int) -> None:
        _gru_back(grad, w_hh, before, gates, recalled, grads, to_recalled, back, schedule, first, stop)

    _in_parts(run, len(back), len(gates), w_hh)
    return grads, to_recalled, back


@jit
def _gru_back(
    grad: Array, w_hh: Array, before: Array, gates: Array, recalled: Array, grads: Array, to_recalled: Array,
    back: Array, schedule: Array, first: int, last: int,
) -> None:  # fmt: skip
    size = back.shape[1]
    for step in range(len(schedule) - 1, -1, -1):
        start, stop = schedule[step, 0], min(last, schedule[step, 1])
        if stop <= first:
            continue
        rows, h = slice(start + first, start + stop), back[first:stop]
        given, made, memory, old = grad[rows], gates[rows], recalled[rows], before[rows]
        now, memory_now = grads[rows], to_recalled[rows]
        for row in range(stop - first):
            _gru_slopes(given[row], made[row], memory[row], old[row], h[row], now[row], memory_now[row])
        gemm_of_few(now[:, : 2 * size], w_hh[: 2 * size], h, 1.0)
        gemm_of_few(memory_now, w_hh[2 * size :], h, 1.0)


@jit
def _gru_slopes(
    grad: Array, gates: Array, recalled: Array, before: Array, back: Array, now: Array, to_recalled: Array
) -> None:
    size = len(back)
    r, z, candidate = gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size]
    to_r, to_z, to_candidate = now[:size], now[size : 2 * size], now[2 * size : 3 * size]
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
