"""Whole numbers near each element."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.copying import zero
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample

_OFF_WHOLE = [sample(floats(3, 4, low=-1.9, high=1.9, avoid=(-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)))]


def _refuse_complex(name: str, input: Array) -> None:
    if input.dtype.kind == "c":
        raise NotImplementedError(f"{name} is not supported for complex inputs")


@op(samples=_OFF_WHOLE, inplace=True)
def floor(input: Value) -> Value:
    """The largest whole number not above. Its gradient is 0."""
    _refuse_complex("floor", input)
    return np.floor(input) if input.dtype.kind == "f" else input


@op(samples=_OFF_WHOLE, inplace=True)
def ceil(input: Value) -> Value:
    """The smallest whole number not below. Its gradient is 0."""
    _refuse_complex("ceil", input)
    return np.ceil(input) if input.dtype.kind == "f" else input


@op(samples=_OFF_WHOLE, inplace=True, aliases=("fix",))
def trunc(input: Value) -> Value:
    """The whole part. Its gradient is 0."""
    _refuse_complex("trunc", input)
    return np.trunc(input) if input.dtype.kind == "f" else input


@op(samples=[*_OFF_WHOLE, sample(floats(3, low=0.11, high=0.14), decimals=1)], inplace=True)
def round(input: Value, decimals: int = 0) -> Value:  # noqa: A001
    """The nearest number with that many decimals, halves to the even one. Its gradient is 0."""
    _refuse_complex("round", input)
    if decimals and input.dtype.kind in "iu":
        raise NotImplementedError('"round_cpu" not implemented for integers with decimals')
    return np.round(input, decimals)


for _rounded in (floor, ceil, trunc, round):

    @_rounded.gradient("input")
    def _(grad: Value) -> Value:
        return zero(grad)


@op(samples=_OFF_WHOLE, inplace=True)
def frac(input: Value) -> Value:
    """What `trunc` cuts off, with the sign of the element."""
    return input - np.trunc(input)


@frac.gradient("input")
def _(grad: Value) -> Value:
    return grad
