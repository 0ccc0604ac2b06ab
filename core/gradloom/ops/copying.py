"""Copies, casts and fills."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, float64
from gradloom.dtypes import dtype as DType
from gradloom.kernels.casting import converted
from gradloom.kernels.copying import row_major
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import explain_broadcast


@op(samples=[sample(floats(2, 3))], meeting="as_is", moves=True)
def clone(input: Value, memory_format: Any = None) -> Value:
    """A copy that gradients flow through."""
    return row_major(input)


@clone.gradient("input")
def _(grad: Value) -> Value:
    return grad


@op(samples=[sample(floats(2, 3), float64)], meeting="as_is", method=False, moves=True)
def cast(input: Value, dtype: DType) -> Value:
    """The same values in another dtype; floats lose their fraction on the way to integers."""
    return converted(input, dtype.numpy)


@cast.gradient("input")
def _(grad: Value) -> Value:
    return grad


def fitting(value: Any, dtype: Any) -> Any:
    """A number or 0-dim array in `dtype`; a number that does not fit there raises.

    RuntimeError if it is too large or has an imaginary part that would be lost, OverflowError if it is an
    integer of more than 64 bits.
    """
    array = np.asarray(value)
    if array.dtype.kind == "O":
        raise OverflowError("int too big to convert")
    lost = array.dtype.kind == "c" and dtype.kind not in "cb" and array.imag != 0
    if lost or (isinstance(value, (int, float)) and _overflows(value, dtype)):
        name = _NAMES_IN_C.get(dtype.name, f"{dtype.name}_t")
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    return (array if dtype.kind == "c" else array.real).astype(dtype)


_NAMES_IN_C = {
    "float32": "float",
    "float64": "double",
    "float16": "double",
    "complex64": "c10::complex<float>",
    "int32": "int",
}


def _overflows(number: float, dtype: Any) -> bool:
    """Whether a number is outside of a dtype; negative integers wrap where there are no signs."""
    if dtype in (np.float32, np.complex64):
        return math.isfinite(number) and abs(number) > _LARGEST
    if dtype.kind not in "iu":
        return False
    limits = np.iinfo(dtype)
    least = -limits.max if dtype.kind == "u" and isinstance(number, int) else limits.min
    return not least <= number <= limits.max


_LARGEST = float(np.finfo(np.float32).max)


@op(samples=[sample(floats(2, 3), 1.5)], meeting="as_is", method=False, inplace=True, moves=True)
def fill(input: Value, value: Value) -> Value:
    """`value` everywhere."""
    if np.ndim(value):
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {np.ndim(value)} dimensions."
        )
    return np.broadcast_to(fitting(value, input.dtype), input.shape)


@fill.written
def _(input: Array, value: Value) -> None:
    if np.ndim(value):
        raise ValueError("more than one value")
    input.fill(fitting(value, input.dtype))


@fill.gradient("input")
def _(grad: Value) -> Value:
    return zero(grad)


@fill.gradient("value")
def _(grad: Value) -> Value:
    return grad


def _explain(args: Sequence[Any]) -> str | None:
    """Why values do not go into a tensor."""
    have, given = args[0].shape, np.shape(args[1])
    sentence = explain_broadcast(args[:2])
    if sentence is not None:
        return sentence
    broadcast = list(np.broadcast_shapes(have, given))
    return f"output with shape {list(have)} doesn't match the broadcast shape {broadcast}"


@op(
    samples=[sample(floats(2, 3), floats(3))],
    meeting="as_is",
    method=False,
    inplace=True,
    moves=True,
    explain=_explain,
)
def copy(input: Value, src: Value, non_blocking: bool = False) -> Value:
    """The values of `src`, broadcast to the shape and cast to the dtype of `input`."""
    return np.broadcast_to(np.asarray(src).astype(input.dtype, copy=False), input.shape)


@copy.written
def _(input: Array, src: Value, non_blocking: bool) -> None:
    np.copyto(input, src)


@copy.gradient("input")
def _(grad: Value) -> Value:
    return zero(grad)


@copy.gradient("src")
def _(grad: Value) -> Value:
    return grad


@op(samples=[sample(floats(2, 3))], meeting="as_is", method=False, inplace=True, moves=True)
def zero(input: Value) -> Value:
    """Zeros."""
    return np.zeros_like(input)


@zero.written
def _(input: Array) -> None:
    input.fill(0)


@zero.gradient("input")
def _(grad: Value) -> Value:
    return zero(grad)
