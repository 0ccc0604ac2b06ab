"""Recurrent layers over time: all steps of some of the sequences in one go, which need no others."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.blas import gemm_of_few
from gradloom.kernels.compiled.cells import arrays, by_sequences, schedule_of, work_of
from gradloom.kernels.compiled.elementary import tanh
from gradloom.kernels.compiled.gru import gru_gradients, gru_steps
from gradloom.kernels.compiled.jit import jit, jit_inside
from gradloom.kernels.compiled.lstm import lstm_gradients, lstm_steps
from gradloom.kernels.process import settle
from gradloom.kernels.recurrent import Steps

__all__ = ["gru_gradients", "gru_steps", "lstm_gradients", "lstm_steps", "rnn_steps", "rnn_steps_backward"]

Array = np.ndarray[Any, Any]

_ONE = np.float32(1)


def _turned(weight: Array) -> Array:
    return np.ascontiguousarray(weight.T)


def _known(bias: Array | None, size: int) -> Array:
    return np.zeros(size, np.float32) if bias is None else bias


# The plain recurrence


def rnn_steps(
    input: Array, w_ih: Array, bias: Array | None, w_hh: Array, hidden: Array, steps: Steps, relu: bool
) -> tuple[Array, Array]:
    """See the reference."""
    settle()
    (out,), state, schedule = arrays(len(input), len(w_hh)), hidden.copy(), schedule_of(steps)
    into, turned, added = _turned(w_ih), _turned(w_hh), _known(bias, len(w_hh))

    count, work = len(state), work_of(len(state), len(input), w_hh)
    _rnn(input, into, added, turned, out, state, schedule, relu, count, work)
    return out, state


@by_sequences
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


@jit_inside
def _rectify(row: Array) -> None:
    for at in range(len(row)):
        # Not `max`, which may lose a NaN.
        row[at] = np.float32(0) if row[at] < 0 else row[at]


@jit_inside
def _squash(row: Array) -> None:
    for at in range(len(row)):
        row[at] = tanh(row[at])


def rnn_steps_backward(
    grad: Array, last_grad: Array, w_hh: Array, out: Array, steps: Steps, relu: bool
) -> tuple[Array, Array]:
    """See the reference."""
    grad = np.ascontiguousarray(grad)  # that of a sum is one number, repeated
    settle()
    grads, back, schedule = np.empty_like(out), last_grad.copy(), schedule_of(steps)

    count, work = len(back), work_of(len(back), len(out), w_hh)
    _rnn_back(grad, w_hh, out, grads, back, schedule, relu, count, work)
    return grads, back


@by_sequences
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


@jit_inside
def _rnn_slopes(grad: Array, out: Array, back: Array, now: Array, relu: bool) -> None:
    if relu:
        for at in range(len(out)):
            slope = _ONE if out[at] > 0 else np.float32(0)
            now[at] = slope * (grad[at] + back[at])
    else:
        for at in range(len(out)):
            now[at] = (_ONE - out[at] * out[at]) * (grad[at] + back[at])
