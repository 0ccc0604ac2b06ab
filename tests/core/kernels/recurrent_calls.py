"""Calls of compiled recurrent layers: sequences of one length and of several, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from tests.core.kernels.compiled_calls import Call

from gradloom.kernels.recurrent import Steps

STEPS = [
    Steps((1,)),
    Steps((5, 5, 5)),
    Steps((7, 4, 4, 1)),
    Steps((7, 4, 4, 1), reverse=True),
    Steps((40,) * 9, reverse=True),
    Steps((300, 33, 20)),
]
SIZES = [(1, 1), (5, 10), (3, 17), (70, 64)]
"""Of inputs and of hidden states."""

Array = Any


def _normal(seed: int, *shape: int) -> Array:
    """Rows of about the length of 1, so that no state grows from step to step."""
    values = np.random.default_rng(seed).standard_normal(shape) / np.sqrt(shape[-1])
    return values.astype(np.float32)


def _weights(gates: int, inputs: int, size: int) -> list[Array]:
    return [_normal(1, gates * size, inputs), _normal(2, gates * size), _normal(3, gates * size, size)]


def _rnn(relu: bool, steps: Steps, inputs: int, size: int) -> tuple[Any, ...]:
    given = _normal(0, sum(steps.sizes), inputs)
    return given, *_weights(1, inputs, size), _normal(4, steps.sizes[0], size), steps, relu


def _rnn_back(relu: bool, steps: Steps, _: int, size: int) -> tuple[Any, ...]:
    rows = sum(steps.sizes)
    out = np.tanh(_normal(1, rows, size))
    last, w_hh = _normal(2, steps.sizes[0], size), _normal(3, size, size)
    return _normal(0, rows, size), last, w_hh, out, steps, relu


def _lstm(bias: bool, steps: Steps, inputs: int, size: int) -> tuple[Any, ...]:
    given, states = _normal(0, sum(steps.sizes), inputs), [_normal(at, steps.sizes[0], size) for at in (4, 5)]
    w_ih, added, w_hh = _weights(4, inputs, size)
    return given, w_ih, added if bias else None, w_hh, None, *states, steps


def _lstm_back(needed: bool, steps: Steps, inputs: int, size: int) -> tuple[Any, ...]:
    rows, first = sum(steps.sizes), steps.sizes[0]
    grads = _normal(0, rows, size), _normal(1, first, size), _normal(2, first, size)
    given = _normal(7, rows, inputs), _normal(8, first, size), _normal(4, first, size)
    kept = np.tanh(_normal(9, rows, size)), np.tanh(_normal(5, rows, 4 * size)), _normal(6, rows, size)
    return *grads, _normal(3, 4 * size, size), None, *given, steps, *kept, needed


def _gru(bias: bool, steps: Steps, inputs: int, size: int) -> tuple[Any, ...]:
    given = _normal(0, sum(steps.sizes), inputs)
    w_ih, added, w_hh = _weights(3, inputs, size)
    biases = (added, _normal(5, size)) if bias else (None, None)
    return given, w_ih, *biases, w_hh, _normal(4, steps.sizes[0], size), steps


def _gru_back(needed: bool, steps: Steps, inputs: int, size: int) -> tuple[Any, ...]:
    rows, first = sum(steps.sizes), steps.sizes[0]
    given = _normal(7, rows, inputs), _normal(8, first, size)
    kept = np.tanh(_normal(3, rows, size)), np.tanh(_normal(4, rows, 3 * size)), _normal(5, rows, size)
    grads = _normal(0, rows, size), _normal(1, first, size), _normal(2, 3 * size, size)
    return *grads, *given, steps, *kept, needed


def _each(make: Callable[..., tuple[Any, ...]], *settings: Any) -> list[Call]:
    cases = [(steps, *sizes) for steps in STEPS for sizes in SIZES]
    given = [settings[at % len(settings) :][:1] if settings else () for at in range(len(cases))]
    # Sums of many, in another order.
    return [Call(partial(make, *some, *case), 1e-4, 1e-5) for some, case in zip(given, cases, strict=True)]


def _of_a_sum(make: Callable[..., tuple[Any, ...]], *given: Any) -> tuple[Any, ...]:
    """With a gradient that is one number, repeated."""
    grad, *rest = make(*given)
    return np.broadcast_to(np.float32(0.5), grad.shape), *rest


def _with_extremes() -> tuple[Any, ...]:
    made = _lstm(True, Steps((3, 3)), 3, 17)
    made[0][:3, 0] = np.inf, -np.inf, np.nan
    return made


RECURRENT_CALLS: dict[str, list[Call]] = {
    "recurrent.rnn_steps": _each(_rnn, True, False),
    "recurrent.rnn_steps_backward": [
        *_each(_rnn_back, True, False),
        *_each(partial(_of_a_sum, _rnn_back), True)[:4],
    ],
    "recurrent.lstm_steps": [*_each(_lstm, True, False), Call(_with_extremes)],
    "recurrent.lstm_gradients": [
        *_each(_lstm_back, True, False),
        *_each(partial(_of_a_sum, _lstm_back), True)[:4],
    ],
    "recurrent.gru_steps": _each(_gru, True, False),
    "recurrent.gru_gradients": [
        *_each(_gru_back, False, True),
        *_each(partial(_of_a_sum, _gru_back), True)[:4],
    ],
}
"""By "module.function"."""
