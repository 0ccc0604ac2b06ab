"""One recurrent layer over all time steps, in one direction, as one op each.

Values of all steps lie packed in (rows, size), as `kernels/recurrent.py` describes; a batch of n sequences of
length t is t * n rows. Backpropagation works on arrays; second derivatives go through the composition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import recurrent as kernel
from gradloom.kernels.recurrent import Steps, Weights
from gradloom.ops.elementwise.hyperbolic import tanh
from gradloom.ops.elementwise.logistic import sigmoid
from gradloom.ops.elementwise.rectifiers import relu as relu_op
from gradloom.ops.layers.linear import linear
from gradloom.ops.movement.joining import cat
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample

_WHOLE, _PACKED, _BACK = Steps((1, 1)), Steps((2, 1)), Steps((2, 1), reverse=True)


def _weights(gates: int, inputs: int, hidden: int) -> tuple[Any, ...]:
    return floats(gates, inputs), floats(gates, hidden), floats(gates), floats(gates)


def _known(grad: Array | None, like: Array) -> Array:
    return np.zeros_like(like) if grad is None else grad


@op(
    samples=[
        sample(floats(2, 1), floats(1, 2), *_weights(2, 1, 2), _WHOLE),
        sample(floats(3, 2), floats(2, 1), floats(1, 2), floats(1, 1), None, None, _PACKED),
        sample(floats(3, 1), floats(2, 1), *_weights(1, 1, 1), _BACK),
    ],
    meeting="float",
    returns=("output", "last"),
    method=False,
)
def rnn_layer(
    input: Value, hidden: Value, w_ih: Value, w_hh: Value, b_ih: Value | None, b_hh: Value | None,
    steps: Steps, relu: bool = False,
) -> Value:  # fmt: skip
    """h = tanh(x w_ih^T + b_ih + h w_hh^T + b_hh), or relu, step by step (Elman, 1990).

    Shapes: input (rows, i), hidden (n, h), w_ih (h, i), w_hh (h, h), biases (h); the results are (rows, h)
    and (n, h).
    """
    return kernel.rnn(input, hidden, Weights(w_ih, w_hh, b_ih, b_hh), steps, relu)


@rnn_layer.gradient("input", "hidden", "w_ih", "w_hh", "b_ih", "b_hh")
def _(
    grads: Sequence[Any], input: Array, hidden: Array, w_ih: Array, w_hh: Array, b_ih: Array | None,
    b_hh: Array | None, steps: Steps, relu: bool, output: Array, needs: Sequence[bool],
) -> tuple[Any, ...]:  # fmt: skip
    grad, last_grad = _known(grads[0], output), _known(grads[1], hidden)
    weights = Weights(w_ih, w_hh, b_ih, b_hh)
    return kernel.rnn_backward(grad, last_grad, input, hidden, weights, output, steps, relu, needs[0])


@rnn_layer.composed
def _(
    input: Value, hidden: Value, w_ih: Value, w_hh: Value, b_ih: Value | None, b_hh: Value | None,
    steps: Steps, relu: bool,
) -> tuple[Value, Value]:  # fmt: skip
    activation = relu_op if relu else tanh

    def step(x: Value, h: Value) -> tuple[Value, ...]:
        return (activation(linear(x, w_ih, b_ih) + linear(h, w_hh, b_hh)),)

    output, last = _unrolled(step, input, (hidden,), steps)
    return output, last[0]


@op(
    samples=[
        sample(floats(2, 1), floats(1, 1), floats(1, 1), *_weights(4, 1, 1), None, _WHOLE),
        sample(
            floats(3, 1), floats(2, 1), floats(2, 1), floats(4, 1), floats(4, 1), None, None, None, _PACKED
        ),
        sample(
            floats(3, 1),
            floats(2, 1),
            floats(2, 2),
            floats(8, 1),
            floats(8, 1),
            None,
            None,
            floats(1, 2),
            _BACK,
        ),
    ],
    meeting="float",
    returns=("output", "last", "last_cell"),
    keeps=("gates", "cells"),
    method=False,
)
def lstm_layer(
    input: Value, hidden: Value, cell: Value, w_ih: Value, w_hh: Value, b_ih: Value | None,
    b_hh: Value | None, w_hr: Value | None, steps: Steps,
) -> Value:  # fmt: skip
    """Long short-term memory: c = f * c + i * g and h = o * tanh(c), times w_hr^T if it is given.

    The gates i, f, g, o, in this order, are sigmoid (g: tanh) of x w_ih^T + b_ih + h w_hh^T + b_hh
    (Hochreiter and Schmidhuber, 1997; Sak et al., 2014, for the projection).

    Shapes: input (rows, i), hidden (n, p), cell (n, h), w_ih (4h, i), w_hh (4h, p), biases (4h), w_hr (p, h);
    the results are (rows, p), (n, p) and (n, h). Without w_hr, p is h.
    """
    return kernel.lstm(input, hidden, cell, Weights(w_ih, w_hh, b_ih, b_hh), w_hr, steps)


@lstm_layer.gradient("input", "hidden", "cell", "w_ih", "w_hh", "b_ih", "b_hh", "w_hr")
def _(
    grads: Sequence[Any], input: Array, hidden: Array, cell: Array, w_ih: Array, w_hh: Array,
    b_ih: Array | None, b_hh: Array | None, w_hr: Array | None, steps: Steps, output: Array, gates: Array,
    cells: Array, needs: Sequence[bool],
) -> tuple[Any, ...]:  # fmt: skip
    grad, last_grad, cell_grad = map(_known, grads, (output, hidden, cell))
    weights = Weights(w_ih, w_hh, b_ih, b_hh)
    return kernel.lstm_backward(
        *(grad, last_grad, cell_grad, input, hidden, cell, weights, w_hr, steps, output, gates, cells),
        needed=needs[0],
    )


@lstm_layer.composed
def _(
    input: Value, hidden: Value, cell: Value, w_ih: Value, w_hh: Value, b_ih: Value | None,
    b_hh: Value | None, w_hr: Value | None, steps: Steps,
) -> tuple[Value, Value, Value]:  # fmt: skip
    def step(x: Value, h: Value, c: Value) -> tuple[Value, ...]:
        i, f, g, o = (linear(x, w_ih, b_ih) + linear(h, w_hh, b_hh)).chunk(4, 1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        return h if w_hr is None else linear(h, w_hr), c

    output, last = _unrolled(step, input, (hidden, cell), steps)
    return output, last[0], last[1]


@op(
    samples=[
        sample(floats(2, 1), floats(1, 1), *_weights(3, 1, 1), _WHOLE),
        sample(floats(3, 1), floats(2, 2), floats(6, 1), floats(6, 2), None, None, _PACKED),
        sample(floats(3, 1), floats(2, 1), *_weights(3, 1, 1), _BACK),
    ],
    meeting="float",
    returns=("output", "last"),
    keeps=("gates", "recalled"),
    method=False,
)
def gru_layer(
    input: Value, hidden: Value, w_ih: Value, w_hh: Value, b_ih: Value | None, b_hh: Value | None,
    steps: Steps,
) -> Value:  # fmt: skip
    """The gated recurrent unit: h = (1 - z) * n + z * h, step by step (Cho et al., 2014).

    The gates r and z are sigmoids of x w_ih^T + b_ih + h w_hh^T + b_hh, and n is the tanh of the sum in which
    r weighs the second half. Their order is r, z, n.

    Shapes: input (rows, i), hidden (n, h), w_ih (3h, i), w_hh (3h, h), biases (3h); the results are (rows, h)
    and (n, h).
    """
    return kernel.gru(input, hidden, Weights(w_ih, w_hh, b_ih, b_hh), steps)


@gru_layer.gradient("input", "hidden", "w_ih", "w_hh", "b_ih", "b_hh")
def _(
    grads: Sequence[Any], input: Array, hidden: Array, w_ih: Array, w_hh: Array, b_ih: Array | None,
    b_hh: Array | None, steps: Steps, output: Array, gates: Array, recalled: Array, needs: Sequence[bool],
) -> tuple[Any, ...]:  # fmt: skip
    grad, last_grad = _known(grads[0], output), _known(grads[1], hidden)
    weights = Weights(w_ih, w_hh, b_ih, b_hh)
    return kernel.gru_backward(
        grad, last_grad, input, hidden, weights, steps, output, gates, recalled, needs[0]
    )


@gru_layer.composed
def _(
    input: Value, hidden: Value, w_ih: Value, w_hh: Value, b_ih: Value | None, b_hh: Value | None,
    steps: Steps,
) -> tuple[Value, Value]:  # fmt: skip
    def step(x: Value, h: Value) -> tuple[Value, ...]:
        x_r, x_z, x_n = linear(x, w_ih, b_ih).chunk(3, 1)
        h_r, h_z, h_n = linear(h, w_hh, b_hh).chunk(3, 1)
        n = tanh(x_n + sigmoid(x_r + h_r) * h_n)
        return (n + sigmoid(x_z + h_z) * (h - n),)

    output, last = _unrolled(step, input, (hidden,), steps)
    return output, last[0]


def _unrolled(
    step: Callable[..., tuple[Value, ...]], input: Value, states: tuple[Value, ...], steps: Steps
) -> tuple[Value, tuple[Value, ...]]:
    """`step(rows of x, *states)` through time; the first of the states that it returns is the output."""
    outputs: dict[int, Value] = {}
    for rows, count in steps.spans():
        new = step(input[rows], *(state[:count] for state in states))
        outputs[rows.start] = new[0]
        states = tuple(
            cat([one, state[count:]]) if count < len(state) else one
            for one, state in zip(new, states, strict=True)
        )
    return cat([outputs[start] for start in sorted(outputs)]), states
