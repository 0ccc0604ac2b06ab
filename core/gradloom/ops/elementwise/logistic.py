"""The logistic function, its inverse and its logarithm, element by element."""

from __future__ import annotations

import numpy as np

from gradloom.kernels import activations
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import complexes, floats, sample

_ANY = [sample(floats(3, 4)), sample(complexes(3))]


@op(samples=[*_ANY, sample(floats(4, low=-30.0, high=30.0))], meeting="float", inplace=True)
def sigmoid(input: Value) -> Value:
    """1 / (1 + e^-x), the logistic function."""
    return activations.sigmoid(input)


@sigmoid.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return activations.sigmoid_backward(grad, out)


@op(
    samples=[sample(floats(3, 4, low=0.1, high=0.9)), sample(floats(5, low=0.21, high=0.9), 0.2)],
    meeting="float",
    inplace=True,
)
def logit(input: Value, eps: float | None = None) -> Value:
    """log(x / (1 - x)), the inverse of sigmoid, with x brought into [eps, 1 - eps] if `eps` is given."""
    inner = input if eps is None else np.clip(input, eps, 1 - eps)
    return np.log(inner / (1 - inner))


@logit.gradient("input")
def _(grad: Value, input: Value, eps: float | None) -> Value:
    low, beyond = (0.0, np.nan) if eps is None else (eps, 0.0)
    outside = (raw(input) < low) | (raw(input) > 1 - low)
    return where(outside, beyond, grad / (input * (1 - input)))
