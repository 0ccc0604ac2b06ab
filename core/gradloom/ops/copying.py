"""Copies, casts and fills."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import dtype as DType
from gradloom.dtypes import float64
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample


@op(samples=[sample(floats(2, 3))], meeting="as_is", moves=True)
def clone(input: Value, memory_format: Any = None) -> Value:
    """A copy that gradients flow through."""
    return input.copy()


@clone.gradient("input")
def _(grad: Value) -> Value:
    return grad


@op(samples=[sample(floats(2, 3), float64)], meeting="as_is", method=False, moves=True)
def cast(input: Value, dtype: DType) -> Value:
    """The same values in another dtype; floats lose their fraction on the way to integers."""
    return input.astype(dtype.numpy)


@cast.gradient("input")
def _(grad: Value) -> Value:
    return grad


@op(samples=[sample(floats(2, 3), 1.5)], meeting="as_is", method=False, inplace=True, moves=True)
def fill(input: Value, value: Value) -> Value:
    """`value` everywhere."""
    return np.broadcast_to(np.asarray(value).astype(input.dtype), input.shape)


@fill.gradient("input")
def _(grad: Value) -> Value:
    return grad * 0


@fill.gradient("value")
def _(grad: Value) -> Value:
    return grad


@op(samples=[sample(floats(2, 3), floats(3))], meeting="as_is", method=False, inplace=True, moves=True)
def copy(input: Value, src: Value, non_blocking: bool = False) -> Value:
    """The values of `src`, broadcast to the shape and cast to the dtype of `input`."""
    return np.broadcast_to(np.asarray(src).astype(input.dtype, copy=False), input.shape)


@copy.gradient("input")
def _(grad: Value) -> Value:
    return grad * 0


@copy.gradient("src")
def _(grad: Value) -> Value:
    return grad


@op(samples=[sample(floats(2, 3))], meeting="as_is", method=False, inplace=True, moves=True)
def zero(input: Value) -> Value:
    """Zeros."""
    return np.zeros_like(input)


@zero.gradient("input")
def _(grad: Value) -> Value:
    return grad * 0
