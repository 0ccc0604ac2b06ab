"""Sines, cosines and their relatives, element by element, in radians."""

from __future__ import annotations

import numpy as np

from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import explain_broadcast

_ANY = [sample(floats(3, 4))]
_INSIDE = [sample(floats(3, 4, low=-0.8, high=0.8))]


@op(samples=_ANY, meeting="float", inplace=True)
def sin(input: Value) -> Value:
    """The sine."""
    return np.sin(input)


@sin.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * cos(input)


@op(samples=_ANY, meeting="float", inplace=True)
def cos(input: Value) -> Value:
    """The cosine."""
    return np.cos(input)


@cos.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return -grad * sin(input)


@op(samples=[sample(floats(3, 4, low=-1.2, high=1.2))], meeting="float", inplace=True)
def tan(input: Value) -> Value:
    """The tangent."""
    return np.tan(input)


@tan.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * (1 + out * out)


@op(samples=_INSIDE, meeting="float", inplace=True)
def asin(input: Value) -> Value:
    """The angle in [-pi/2, pi/2] of that sine; nan outside [-1, 1]."""
    return np.arcsin(input)


@asin.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * (1 - input * input) ** -0.5


@op(samples=_INSIDE, meeting="float", inplace=True)
def acos(input: Value) -> Value:
    """The angle in [0, pi] of that cosine; nan outside [-1, 1]."""
    return np.arccos(input)


@acos.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return -grad * (1 - input * input) ** -0.5


@op(samples=_ANY, meeting="float", inplace=True)
def atan(input: Value) -> Value:
    """The angle in (-pi/2, pi/2) of that tangent."""
    return np.arctan(input)


@atan.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / (1 + input * input)


@op(
    samples=[sample(floats(3, 4, avoid=(0.0,)), floats(4, avoid=(0.0,)))],
    meeting="float",
    explain=explain_broadcast,
    aliases=("arctan2",),
)
def atan2(input: Value, other: Value) -> Value:
    """The angle in (-pi, pi] of the point with y `input` and x `other`."""
    return np.arctan2(input, other)


@atan2.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * other / (input * input + other * other)


@atan2.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return -grad * input / (input * input + other * other)
