"""Recurrent layers over time: forward, and backpropagation through time (Werbos, 1990).

Sequences lie packed: the rows of one step stand behind those of the step before, and a step has a row for
each sequence that is long enough, longest first. What does not depend on the step before is one product over
all rows; the loops do the rest in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.product import product
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


def _projected(input: Array, weight: Array, *biases: Array | None) -> Array:
    out: Array = product(input, weight.T)
    given = [bias for bias in biases if bias is not None]
    if given:
        out += sum(given[1:], given[0])
    return out


def _weight_gradients(
    grads: Array, hidden_grads: Array, input: Array, before: Array, bias: bool
) -> tuple[Any, ...]:
    """Those of w_ih, w_hh, b_ih and b_hh, from those of the gates' two summands."""
    to_weights = product(grads.T, input), product(hidden_grads.T, before)
    if not bias:
        return *to_weights, None, None
    to_bias = column_sums(grads)
    return *to_weights, to_bias, to_bias.copy() if grads is hidden_grads else column_sums(hidden_grads)


def _input_gradient(grads: Array, w_ih: Array, needed: bool) -> Array | None:
    return product(grads, w_ih) if needed else None


# The plain recurrence: h = tanh(x W + h U + b), or relu


def rnn(input: Array, hidden: Array, weights: Weights, steps: Steps, relu: bool) -> tuple[Array, ...]:
    """Results of all steps, the last hidden state, and for each row the hidden state before it."""
    out = _projected(input, weights.w_ih, weights.b_ih, weights.b_hh)
    state, before = hidden.copy(), np.empty((len(out), hidden.shape[1]), out.dtype)
    turned = np.ascontiguousarray(weights.w_hh.T)
    for rows, count in steps.spans():
        now, h = out[rows], state[:count]
        before[rows] = h
        now += h @ turned
        if relu:
            np.maximum(now, 0, out=now)
        else:
            np.tanh(now, out=now)
        h[...] = now
    return out, state, before


def rnn_backward(
    grad: Array, last_grad: Array, input: Array, weights: Weights, out: Array, before: Array,
    steps: Steps, relu: bool, needed: bool = True,
) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of input (if needed), hidden state and the four weights."""
    grads = (out > 0).astype(out.dtype) if relu else 1 - out * out
    back = last_grad.copy()
    for rows, count in steps.spans(backwards=True):
        now, h = grads[rows], back[:count]
        h += grad[rows]
        now *= h
        np.matmul(now, weights.w_hh, out=h)
    biased = weights.b_ih is not None
    return (
        _input_gradient(grads, weights.w_ih, needed),
        back,
        *_weight_gradients(grads, grads, input, before, biased),
    )


# LSTM (Hochreiter and Schmidhuber, 1997; with the forget gate of Gers et al., 2000). PyTorch's order of gates
# is input, forget, candidate, output; here the candidate stands last, so that the sigmoids lie together.


def _sigmoids_first(array: Array) -> Array:
    """Reordered rows, or the same backwards: swapping the last two quarters is its own inverse."""
    i, f, one, other = np.split(array, 4)
    return np.concatenate((i, f, other, one))


def lstm(
    input: Array, hidden: Array, cell: Array, weights: Weights, w_hr: Array | None, steps: Steps
) -> tuple[Array, ...]:
    """Results of all steps, last hidden state and cell, and what the way back needs.

    Those are: gates, cells and hidden states before each row, squashed cells, and what is projected.
    """
    size = cell.shape[1]
    # A sigmoid is half a tanh of the half; halving is exact, so one tanh serves all four gates.
    halves = np.repeat(np.array([0.5, 0.5, 0.5, 1.0], input.dtype), size)
    w_ih, w_hh = (_sigmoids_first(each) * halves[:, None] for each in weights[:2])
    biases = [None if each is None else _sigmoids_first(each) * halves for each in weights[2:]]
    gates = _projected(input, w_ih, *biases)
    squashed = np.empty((len(gates), size), gates.dtype)
    cells_before, before = np.empty_like(squashed), np.empty((len(gates), hidden.shape[1]), gates.dtype)
    whole = squashed if w_hr is None else np.empty_like(squashed)
    out = np.empty_like(before)
    state, c_state = hidden.copy(), cell.copy()
    scratch = np.empty((len(hidden), 4 * size), gates.dtype)
    turned = np.ascontiguousarray(w_hh.T)
    for rows, count in steps.spans():
        now, h, c, spare = gates[rows], state[:count], c_state[:count], scratch[:count]
        before[rows], cells_before[rows] = h, c
        np.matmul(h, turned, out=spare)
        now += spare
        np.tanh(now, out=now)
        sigmoids = now[:, : 3 * size]
        sigmoids *= 0.5
        sigmoids += 0.5
        c *= now[:, size : 2 * size]
        c += np.multiply(now[:, :size], now[:, 3 * size :], out=spare[:, :size])
        np.tanh(c, out=squashed[rows])
        if w_hr is None:
            np.multiply(now[:, 2 * size : 3 * size], squashed[rows], out=h)
        else:
            np.multiply(now[:, 2 * size : 3 * size], squashed[rows], out=whole[rows])
            np.matmul(whole[rows], w_hr.T, out=h)
        out[rows] = h
    return out, state, c_state, gates, cells_before, before, squashed, whole


def lstm_backward(
    grad: Array, last_grad: Array, last_cell_grad: Array, input: Array, weights: Weights, w_hr: Array | None,
    steps: Steps, saved: tuple[Array, ...], needed: bool = True,
) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of input (if needed), hidden state, cell, the four weights and the projection."""
    gates, cells_before, before, squashed, whole = saved
    size = cells_before.shape[1]
    i, f, o, candidate = (gates[:, at * size : (at + 1) * size] for at in range(4))
    slopes = gates * gates
    np.subtract(gates[:, : 3 * size], slopes[:, : 3 * size], out=slopes[:, : 3 * size])
    np.subtract(1, slopes[:, 3 * size :], out=slopes[:, 3 * size :])
    through_cell = (1 - squashed * squashed) * o
    grads, w_hh = np.empty_like(gates), _sigmoids_first(weights.w_hh)
    back, c_back = last_grad.copy(), last_cell_grad.copy()
    projected = None if w_hr is None else np.empty_like(before)
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
        np.multiply(c, cells_before[rows], out=now[:, size : 2 * size])
        np.multiply(dh, squashed[rows], out=now[:, 2 * size : 3 * size])
        np.multiply(c, i[rows], out=now[:, 3 * size :])
        now *= slopes[rows]
        np.matmul(now, w_hh, out=h)
        c *= f[rows]
    found = _weight_gradients(grads, grads, input, before, weights.b_ih is not None)
    ordered = (None if each is None else _sigmoids_first(each) for each in found)
    w_hr_grad = None if projected is None else product(projected.T, whole)
    to_input = _input_gradient(grads, _sigmoids_first(weights.w_ih), needed)
    return to_input, back, c_back, *ordered, w_hr_grad


# GRU (Cho et al., 2014), with PyTorch's reset gate, which acts behind the product with the hidden state


def gru(input: Array, hidden: Array, weights: Weights, steps: Steps) -> tuple[Array, ...]:
    """Results of all steps, the last hidden state, and what the way back needs.

    Those are: gates, what the reset gate acts on, and the hidden states before each row.
    """
    size = hidden.shape[1]
    halves = np.repeat(np.array([0.5, 0.5, 1.0], input.dtype), size)
    w_ih, w_hh = (each * halves[:, None] for each in weights[:2])
    b_ih, b_hh = (None if each is None else each * halves for each in weights[2:])
    gates = _projected(input, w_ih, b_ih)
    before = np.empty((len(gates), size), gates.dtype)
    recalled, out = np.empty_like(before), np.empty_like(before)
    state = hidden.copy()
    scratch = np.empty((len(hidden), 3 * size), gates.dtype)
    turned = np.ascontiguousarray(w_hh.T)
    for rows, count in steps.spans():
        now, h, spare = gates[rows], state[:count], scratch[:count]
        before[rows] = h
        np.matmul(h, turned, out=spare)
        if b_hh is not None:
            spare += b_hh
        sigmoids, candidate = now[:, : 2 * size], now[:, 2 * size :]
        sigmoids += spare[:, : 2 * size]
        np.tanh(sigmoids, out=sigmoids)
        sigmoids *= 0.5
        sigmoids += 0.5
        recalled[rows] = spare[:, 2 * size :]
        candidate += np.multiply(now[:, :size], spare[:, 2 * size :], out=spare[:, :size])
        np.tanh(candidate, out=candidate)
        h -= candidate
        h *= now[:, size : 2 * size]
        h += candidate
        out[rows] = h
    return out, state, gates, recalled, before


def gru_backward(
    grad: Array,
    last_grad: Array,
    input: Array,
    weights: Weights,
    steps: Steps,
    saved: tuple[Array, ...],
    needed: bool = True,
) -> tuple[Any, ...]:
    """Gradients of input (if needed), hidden state and the four weights."""
    gates, recalled, before = saved
    size = before.shape[1]
    r, z, candidate = (gates[:, at * size : (at + 1) * size] for at in range(3))
    # All factors that do not depend on what comes back, at once.
    to_z = (before - candidate) * z * (1 - z)
    to_candidate = (1 - z) * (1 - candidate * candidate)
    to_r = recalled * r * (1 - r)
    grads, hidden_grads = np.empty_like(gates), np.empty_like(gates)
    back = last_grad.copy()
    for rows, count in steps.spans(backwards=True):
        now, hidden_now, h = grads[rows], hidden_grads[rows], back[:count]
        h += grad[rows]
        d_candidate = np.multiply(h, to_candidate[rows], out=now[:, 2 * size :])
        np.multiply(d_candidate, to_r[rows], out=now[:, :size])
        np.multiply(h, to_z[rows], out=now[:, size : 2 * size])
        hidden_now[:, : 2 * size] = now[:, : 2 * size]
        np.multiply(d_candidate, r[rows], out=hidden_now[:, 2 * size :])
        h *= z[rows]
        h += hidden_now @ weights.w_hh
    biased = weights.b_ih is not None
    found = _weight_gradients(grads, hidden_grads, input, before, biased)
    return _input_gradient(grads, weights.w_ih, needed), back, *found
