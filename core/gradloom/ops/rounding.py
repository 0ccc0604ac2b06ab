"""Signs, bounds and whole numbers, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.selection import where

_OFF_WHOLE = [sample(floats(3, 4, low=-1.9, high=1.9, avoid=(-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)))]


@op(samples=[sample(floats(3, 4, avoid=(0.0,)))], inplace=True, aliases=("absolute",))
def abs(input: Value) -> Value:  # noqa: A001
    """The absolute value. Its gradient at 0 is 0."""
    return np.abs(input)


@abs.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * sign(input)


@op(samples=[sample(floats(3, 4, avoid=(0.0,)))], inplace=True)
def sign(input: Value) -> Value:
    """-1, 0 or 1 as each element is below, at or above 0. Its gradient is 0."""
    return np.sign(input) if input.dtype.kind != "b" else input


@sign.gradient("input")
def _(grad: Value) -> Value:
    return grad * 0


@op(samples=_OFF_WHOLE, inplace=True)
def floor(input: Value) -> Value:
    """The largest whole number not above. Its gradient is 0."""
    return np.floor(input) if input.dtype.kind == "f" else input


@floor.gradient("input")
def _(grad: Value) -> Value:
    return grad * 0


@op(samples=_OFF_WHOLE, inplace=True)
def ceil(input: Value) -> Value:
    """The smallest whole number not below. Its gradient is 0."""
    return np.ceil(input) if input.dtype.kind == "f" else input


@ceil.gradient("input")
def _(grad: Value) -> Value:
    return grad * 0


@op(samples=_OFF_WHOLE, inplace=True)
def trunc(input: Value) -> Value:
    """The whole part. Its gradient is 0."""
    return np.trunc(input) if input.dtype.kind == "f" else input


@trunc.gradient("input")
def _(grad: Value) -> Value:
    return grad * 0


@op(samples=_OFF_WHOLE, inplace=True)
def round(input: Value, decimals: int = 0) -> Value:  # noqa: A001
    """The nearest number with that many decimals, halves to the even one. Its gradient is 0."""
    return np.round(input, decimals)


@round.gradient("input")
def _(grad: Value) -> Value:
    return grad * 0


@op(
    samples=[
        sample(floats(3, 4, avoid=(-1.0, 1.0)), -1.0, 1.0),
        sample(floats(3, 4, avoid=(0.5,)), 0.5),
        sample(floats(3, 4, avoid=(0.5,)), None, 0.5),
        sample(floats(3, low=-1.0), floats(3, low=-3.0, high=-1.1), floats(3, low=2.1, high=3.0)),
    ],
    inplace=True,
    aliases=("clip",),
)
def clamp(input: Value, min: Value | None = None, max: Value | None = None) -> Value:
    """Each element, but not below `min` and not above `max`; the gradient is 0 beyond them."""
    if min is None and max is None:
        raise RuntimeError("clamp: At least one of 'min' or 'max' must not be None")
    bounded = input if min is None else np.maximum(input, min)
    return bounded if max is None else np.minimum(bounded, max)


def _inside(input: Any, min: Any, max: Any) -> Any:
    inside = np.ones(raw(input).shape, np.bool_)
    if min is not None:
        inside = inside & (raw(input) >= raw(min))
    return inside if max is None else inside & (raw(input) <= raw(max))


@clamp.gradient("input")
def _(grad: Value, input: Value, min: Value, max: Value) -> Value:
    return where(_inside(input, min, max), grad, 0)


@clamp.gradient("min")
def _(grad: Value, input: Value, min: Value, max: Value) -> Value:
    below = raw(input) < raw(min)
    return where(below if max is None else below & (raw(min) < raw(max)), grad, 0)


@clamp.gradient("max")
def _(grad: Value, input: Value, min: Value, max: Value) -> Value:
    above = raw(input) > raw(max)
    return where(above if min is None else above | (raw(min) > raw(max)), grad, 0)
