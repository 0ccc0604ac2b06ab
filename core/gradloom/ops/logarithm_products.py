"""Products with logarithms that are zero where the factor is, as entropies need them."""

from __future__ import annotations

import numpy as np

from gradloom.ops.exponential import log, log1p
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.selection import where
from gradloom.ops.shapes import explain_broadcast


@op(samples=[sample(floats(3, 4), floats(4, low=0.2, high=3))], meeting="float", explain=explain_broadcast)
def xlogy(input: Value, other: Value) -> Value:
    """input * log(other), and 0 where `input` is 0; nan where `other` is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        product = input * np.log(other)
        return np.where((input == 0) & ~np.isnan(other), input.dtype.type(0), product)


@xlogy.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    nothing = (raw(input) == 0) & (raw(other) <= 0)
    return grad * where(nothing, 0.0, log(where(nothing, 1.0, other)))


@xlogy.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * input / other


@op(
    samples=[sample(floats(3, 4), floats(4, low=-0.5, high=3))],
    meeting="float",
    explain=explain_broadcast,
    method=False,
)
def xlog1py(input: Value, other: Value) -> Value:
    """input * log(1 + other), and 0 where `input` is 0; nan where `other` is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        product = input * np.log1p(other)
        return np.where((input == 0) & ~np.isnan(other), input.dtype.type(0), product)


@xlog1py.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    nothing = (raw(input) == 0) & (raw(other) <= -1)
    return grad * where(nothing, 0.0, log1p(where(nothing, 0.0, other)))


@xlog1py.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * input / (other + 1)
