"""Recurrent layers over time: forward, and backpropagation through time (Werbos, 1990).

Sequences lie packed: the rows of one step stand behind those of the step before, and a step has a row for
each sequence that is long enough, longest first. What does not depend on the step before is one product over
all rows; the loops do the rest in place. They keep what they have made of the gates, and of states only those
after each step: those before are the same, one step on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.counterpart import compiled, floats, floats_with_gradient, has_gemm
from gradloom.kernels.product import affine, product, products
from gradloom.kernels.rows import column_sums

Array: TypeAlias = npt.NDArray[Any]


class Steps(NamedTuple):
    """How many rows each step has, never more than the step before, and in which direction time runs."""

    sizes: tuple[int, ...]
    reverse: bool = False

    def spans(self, backwards: bool = False) -> Iterator[tuple[slice, int]]:
        """For each step, in the order of time or against it, its rows and how many they are."""
        ends = list(accumulate(self.sizes))
        spans = [(slice(end - size, end), size) for size, end in zip(self.sizes, ends, strict=True)]
        return reversed(spans) if backwards != self.reverse else iter(spans)


class Weights(NamedTuple):
    """A layer's weights: (gates, inputs), (gates, hidden), and two biases (gates) or none."""

    w_ih: Array
    w_hh: Array
    b_ih: Array | None
    b_hh: Array | None


def _plain(*args: Any) -> bool:
    return floats(*[arg for arg in args if type(arg) is np.ndarray]) and has_gemm()


def _unprojected(*args: Any) -> bool:
    return args[4] is None and _plain(*args)


def _plain_back(grad: Any, *args: Any) -> bool:
    return floats_with_gradient(grad, *[arg for arg in args if type(arg) is np.ndarray]) and has_gemm()


def _unprojected_back(*args: Any) -> bool:
    return args[4] is None and _plain_back(*args)


def _summed(one: Array | None, other: Array | None) -> Array | None:
    return one if other is None else other if one is None else one + other


def _before(states: Array, first: Array, steps: Steps) -> Array:
    """For each row the state before it, given those after each row and the first ones."""
    if steps.sizes[0] == steps.sizes[-1]:
        count = len(first)
        parts = (states[count:], first) if steps.reverse else (first, states[:-count])
        return np.concatenate(parts)
    before, state = np.empty_like(states), first.copy()
    for rows, count in steps.spans():
        before[rows] = state[:count]
        state[:count] = states[rows]
    return before


def _gradients(grads: Array, input: Array, before: Array) -> tuple[Array, Array, Array, Array]:
    """Those of w_ih, w_hh and both biases, where both products meet in one sum."""
    size = before.shape[1]
    # As one product, since a narrow one is slow.
    both, to_bias = products([(grads.T, np.concatenate((before, input), axis=1))], grads)
    to_w_ih, to_w_hh = np.ascontiguousarray(both[:, size:]), np.ascontiguousarray(both[:, :size])
    return to_w_ih, to_w_hh, to_bias, to_bias.copy()


def _complete(
    grads: Array | None, found: Sequence[Array], weights: Weights
) -> tuple[Any, Array, Array, Array | None, Array | None]:
    """Gradients of input (where there are `grads`) and the four weights."""
    to_w_ih, to_w_hh, to_b_ih, to_b_hh = found
    to_input = None if grads is None else product(grads, weights.w_ih)
    biased = weights.b_ih is not None
    return to_input, to_w_ih, to_w_hh, to_b_ih if biased else None, to_b_hh if biased else None


# The plain recurrence: h = tanh(x W + h U + b), or relu


def rnn(input: Array, hidden: Array, weights: Weights, steps: Steps, relu: bool) -> tuple[Array, Array]:
    """Results of all steps, and the last hidden state."""
    bias = _summed(weights.b_ih, weights.b_hh)
    return rnn_steps(input, weights.w_ih, bias, weights.w_hh, hidden, steps, relu)


@compiled(when=_plain)
def rnn_steps(
    input: Array, w_ih: Array, bias: Array | None, w_hh: Array, hidden: Array, steps: Steps, relu: bool
) -> tuple[Array, Array]:
    """The same, with one bias."""
    out, state, turned = affine(input, w_ih, bias), hidden.copy(), np.ascontiguousarray(w_hh.T)
    for rows, count in steps.spans():
        now, h = out[rows], state[:count]
        now += h @ turned
        if relu:
            np.maximum(now, 0, out=now)
        else:
            np.tanh(now, out=now)
        h[...] = now
    return out, state


def rnn_backward(
    grad: Array, last_grad: Array, input: Array, hidden: Array, weights: Weights, out: Array, steps: Steps,
    relu: bool, needed: bool = True,
) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of input (if needed), hidden state and the four weights."""
    grads, back = rnn_steps_backward(grad, last_grad, weights.w_hh, out, steps, relu)
    found = _gradients(grads, input, _before(out, hidden, steps))
    to_input, *rest = _complete(grads if needed else None, found, weights)
    return to_input, back, *rest


@compiled(when=_plain_back)
def rnn_steps_backward(
    grad: Array, last_grad: Array, w_hh: Array, out: Array, steps: Steps, relu: bool
) -> tuple[Array, Array]:
    """Gradients of the sums before the activation, and of the first hidden state."""
    grads = (out > 0).astype(out.dtype) if relu else 1 - out * out
    back = last_grad.copy()
    for rows, count in steps.spans(backwards=True):
        now, h = grads[rows], back[:count]
        h += grad[rows]
        now *= h
        np.matmul(now, w_hh, out=h)
    return grads, back


# LSTM (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000)


def lstm(
    input: Array, hidden: Array, cell: Array, weights: Weights, w_hr: Array | None, steps: Steps
) -> tuple[Array, ...]:
    """Results of all steps, last hidden state and cell, and for the way back all gates and cells."""
    bias = _summed(weights.b_ih, weights.b_hh)
    return lstm_steps(input, weights.w_ih, bias, weights.w_hh, w_hr, hidden, cell, steps)


@compiled(when=_unprojected)
def lstm_steps(
    input: Array, w_ih: Array, bias: Array | None, w_hh: Array, w_hr: Array | None, hidden: Array,
    cell: Array, steps: Steps,
) -> tuple[Array, ...]:  # fmt: skip
    """The same, with one bias; the gates are input, forget, candidate and output."""
    size = cell.shape[1]
    # A sigmoid is half a tanh of the half; halving is exact, so one tanh serves all four gates.
    halves = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], input.dtype), size)
    added = np.repeat(np.array([0.5, 0.5, 0.0, 0.5], input.dtype), size)
    gates = affine(input, w_ih, bias)
    gates *= halves
    turned = w_hh.T * halves
    out, cells = (np.empty((len(gates), each.shape[1]), gates.dtype) for each in (hidden, cell))
    state, c = hidden.copy(), cell.copy()
    scratch = np.empty((len(hidden), 4 * size), gates.dtype)
    for rows, count in steps.spans():
        now, h, spare = gates[rows], state[:count], scratch[:count]
        np.matmul(h, turned, out=spare)
        now += spare
        np.tanh(now, out=now)
        now *= halves
        now += added
        i, f, candidate, o = (now[:, at * size : (at + 1) * size] for at in range(4))
        np.multiply(c[:count], f, out=c[:count])
        c[:count] += np.multiply(i, candidate, out=spare[:, :size])
        cells[rows] = c[:count]
        whole = np.multiply(o, np.tanh(c[:count]), out=spare[:, :size])
        h[...] = whole if w_hr is None else whole @ w_hr.T
        out[rows] = h
    return out, state, c, gates, cells


def lstm_backward(
    grad: Array, last_grad: Array, last_cell_grad: Array, input: Array, hidden: Array, cell: Array,
    weights: Weights, w_hr: Array | None, steps: Steps, out: Array, gates: Array, cells: Array,
    needed: bool = True,
) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of input (if needed), hidden state, cell, the four weights and the projection."""
    grads, back, c_back, *found, to_w_hr = lstm_gradients(
        *(grad, last_grad, last_cell_grad, weights.w_hh, w_hr, input, hidden, cell, steps, out, gates, cells),
        needed,
    )
    to_input, *rest = _complete(grads, found, weights)
    return to_input, back, c_back, *rest, to_w_hr


@compiled(when=_unprojected_back)
def lstm_gradients(
    grad: Array, last_grad: Array, last_cell_grad: Array, w_hh: Array, w_hr: Array | None, input: Array,
    hidden: Array, cell: Array, steps: Steps, out: Array, gates: Array, cells: Array, needed: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of the sums before the gates (if needed), first states, weights, biases and projection."""
    grads, back, c_back, to_w_hr = _lstm_steps_backward(
        grad, last_grad, last_cell_grad, w_hh, w_hr, cell, gates, cells, steps
    )
    found = _gradients(grads, input, _before(out, hidden, steps))
    return grads if needed else None, back, c_back, *found, to_w_hr


def _lstm_steps_backward(
    grad: Array, last_grad: Array, last_cell_grad: Array, w_hh: Array, w_hr: Array | None, cell: Array,
    gates: Array, cells: Array, steps: Steps,
) -> tuple[Array, Array, Array, Array | None]:  # fmt: skip
    size = cell.shape[1]
    i, f, candidate, o = (gates[:, at * size : (at + 1) * size] for at in range(4))
    squashed, before = np.tanh(cells), _before(cells, cell, steps)
    slopes = gates * gates
    np.subtract(gates, slopes, out=slopes)
    slopes[:, 2 * size : 3 * size] = 1 - candidate * candidate
    through_cell = (1 - squashed * squashed) * o
    grads = np.empty_like(gates)
    back, c_back = last_grad.copy(), last_cell_grad.copy()
    projected = None if w_hr is None else np.empty_like(grad)
    for rows, count in steps.spans(backwards=True):
        now, h, c = grads[rows], back[:count], c_back[:count]
        h += grad[rows]
        if w_hr is None or projected is None:
            dh = h
        else:
            projected[rows] = h
            dh = h @ w_hr
        c += dh * through_cell[rows]
        np.multiply(c, candidate[rows], out=now[:, :size])
        np.multiply(c, before[rows], out=now[:, size : 2 * size])
        np.multiply(c, i[rows], out=now[:, 2 * size : 3 * size])
        np.multiply(dh, squashed[rows], out=now[:, 3 * size :])
        now *= slopes[rows]
        np.matmul(now, w_hh, out=h)
        c *= f[rows]
    return grads, back, c_back, None if projected is None else product(projected.T, o * squashed)


# GRU (Cho et al., 2014), with PyTorch's reset gate, which acts behind the product with the hidden state


def gru(input: Array, hidden: Array, weights: Weights, steps: Steps) -> tuple[Array, ...]:
    """Results of all steps, the last hidden state, and what the way back needs.

    Those are the gates, and what the reset gate acts on.
    """
    size = 2 * hidden.shape[1]
    bias, memory_bias = weights.b_ih, None
    if weights.b_ih is not None and weights.b_hh is not None:
        bias, memory_bias = weights.b_ih.copy(), weights.b_hh[size:]
        bias[:size] += weights.b_hh[:size]
    return gru_steps(input, weights.w_ih, bias, memory_bias, weights.w_hh, hidden, steps)


@compiled(when=_plain)
def gru_steps(
    input: Array, w_ih: Array, bias: Array | None, memory_bias: Array | None, w_hh: Array, hidden: Array,
    steps: Steps,
) -> tuple[Array, ...]:  # fmt: skip
    """The same; the gates are reset, update and candidate, and `memory_bias` is of what the first acts on."""
    size = hidden.shape[1]
    gates, state = affine(input, w_ih, bias), hidden.copy()
    out, recalled = (np.empty((len(gates), size), gates.dtype) for _ in range(2))
    recalled[...] = 0 if memory_bias is None else memory_bias
    scratch = np.empty((len(hidden), 3 * size), gates.dtype)
    turned = w_hh.T * np.repeat(np.array([0.5, 0.5, 1.0], gates.dtype), size)
    gates[:, : 2 * size] *= 0.5
    for rows, count in steps.spans():
        now, h, spare = gates[rows], state[:count], scratch[:count]
        np.matmul(h, turned, out=spare)
        sigmoids, candidate = now[:, : 2 * size], now[:, 2 * size :]
        sigmoids += spare[:, : 2 * size]
        np.tanh(sigmoids, out=sigmoids)
        sigmoids *= 0.5
        sigmoids += 0.5
        recalled[rows] += spare[:, 2 * size :]
        candidate += np.multiply(now[:, :size], recalled[rows], out=spare[:, :size])
        np.tanh(candidate, out=candidate)
        h -= candidate
        h *= now[:, size : 2 * size]
        h += candidate
        out[rows] = h
    return out, state, gates, recalled


def gru_backward(
    grad: Array, last_grad: Array, input: Array, hidden: Array, weights: Weights, steps: Steps, out: Array,
    gates: Array, recalled: Array, needed: bool = True,
) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of input (if needed), hidden state and the four weights."""
    grads, back, *found = gru_gradients(
        grad, last_grad, weights.w_hh, input, hidden, steps, out, gates, recalled, needed
    )
    to_input, *rest = _complete(grads, found, weights)
    return to_input, back, *rest


@compiled(when=_plain_back)
def gru_gradients(
    grad: Array, last_grad: Array, w_hh: Array, input: Array, hidden: Array, steps: Steps, out: Array,
    gates: Array, recalled: Array, needed: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of the sums before the gates (if needed), of the first states, weights and biases."""
    size, before = 2 * hidden.shape[1], _before(out, hidden, steps)
    grads, to_recalled, back = _gru_steps_backward(grad, last_grad, w_hh, before, gates, recalled, steps)
    pairs = [(grads.T, input), (grads[:, :size].T, before), (to_recalled.T, before)]
    to_w_ih, *to_w_hh, to_b_ih = products(pairs, grads)
    to_b_hh = np.concatenate((to_b_ih[:size], column_sums(to_recalled)))
    return grads if needed else None, back, to_w_ih, np.concatenate(to_w_hh), to_b_ih, to_b_hh


def _gru_steps_backward(
    grad: Array, last_grad: Array, w_hh: Array, before: Array, gates: Array, recalled: Array, steps: Steps
) -> tuple[Array, Array, Array]:
    """Gradients of the sums before the gates, of what reset acts on, and of the first hidden state."""
    size = before.shape[1]
    r, z, candidate = (gates[:, at * size : (at + 1) * size] for at in range(3))
    # All factors that do not depend on what comes back, at once.
    to_z = (before - candidate) * z * (1 - z)
    to_candidate = (1 - z) * (1 - candidate * candidate)
    to_r = recalled * r * (1 - r)
    grads, to_recalled = np.empty_like(gates), np.empty_like(before)
    back = last_grad.copy()
    for rows, count in steps.spans(backwards=True):
        now, recalled_now, h = grads[rows], to_recalled[rows], back[:count]
        h += grad[rows]
        d_candidate = np.multiply(h, to_candidate[rows], out=now[:, 2 * size :])
        np.multiply(d_candidate, to_r[rows], out=now[:, :size])
        np.multiply(h, to_z[rows], out=now[:, size : 2 * size])
        np.multiply(d_candidate, r[rows], out=recalled_now)
        h *= z[rows]
        h += now[:, : 2 * size] @ w_hh[: 2 * size]
        h += recalled_now @ w_hh[2 * size :]
    return grads, to_recalled, back
