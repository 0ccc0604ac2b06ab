"""Products with logarithms, continued by 0 where the factor is 0."""

from __future__ import annotations

import numpy as np

from gradloom.ops.elementwise.exponential import log
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import explain_broadcast


def _product(input: Value, logarithm: np.ufunc, other: Value) -> Value:
    inner = np.asarray(other, np.result_type(input, other))
    return np.where((input == 0) & ~np.isnan(inner), 0, input * logarithm(inner))


@op(
    samples=[sample(floats(3, 4, avoid=(0.0,)), floats(4, low=0.2)), sample(floats(3, low=0.2), 2.0)],
    meeting="float",
    explain=explain_broadcast,
    inplace=True,
)
def xlogy(input: Value, other: Value) -> Value:
    """input * log(other), and 0 where input is 0; nan where other is nan."""
    return _product(input, np.log, other)


@xlogy.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    flat = (raw(input) == 0) & (raw(other) <= 0)
    return where(flat, 0, xlogy(grad, other))


@xlogy.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * input / other


@op(
    samples=[sample(floats(3, 4, avoid=(0.0,)), floats(4, low=-0.8)), sample(floats(3, low=0.2), 2.0)],
    meeting="float",
    explain=explain_broadcast,
    method=False,
)
def xlog1py(input: Value, other: Value) -> Value:
    """input * log(1 + other), and 0 where input is 0; nan where other is nan."""
    return _product(input, np.log1p, other)


@xlog1py.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    flat = (raw(input) == 0) & (raw(other) <= -1)
    return where(flat, 0, xlog1py(grad, other))


@xlog1py.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * input / (other + 1)


@op(samples=[sample(floats(3, 4, low=0.1))], meeting="float", method=False)
def entr(input: Value) -> Value:
    """-x log(x), 0 at 0 and -inf below."""
    below = np.where(input < 0, -np.inf, input)
    return np.where(input > 0, -input * np.log(input), np.where(input == 0, 0, below))


@entr.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * (-1 - log(input))
