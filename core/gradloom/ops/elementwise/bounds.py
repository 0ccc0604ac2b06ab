"""The larger and the smaller of two, and bounds, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.kernels import activations as kernel
from gradloom.limits import finfo
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import explain_broadcast, no_such_call

_PAIRS = [sample(floats(3, 4, distinct=True), floats(3, 4))]


def _refuse_complex(sentence: str, *values: Any) -> None:
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype.kind == "c":
            raise NotImplementedError(sentence)


@op(samples=_PAIRS, explain=explain_broadcast, tensors=("input", "other"))
def maximum(input: Value, other: Value) -> Value:
    """The larger of each pair; equal ones share the gradient."""
    _refuse_complex("maximum not implemented for complex tensors.", input, other)
    return np.maximum(input, other)


@maximum.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _share(raw(input) < raw(other), raw(input) == raw(other), grad)


@maximum.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _share(raw(other) < raw(input), raw(input) == raw(other), grad)


@op(samples=_PAIRS, explain=explain_broadcast, tensors=("input", "other"))
def minimum(input: Value, other: Value) -> Value:
    """The smaller of each pair; equal ones share the gradient."""
    _refuse_complex("minimum not implemented for complex tensors.", input, other)
    return np.minimum(input, other)


@minimum.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _share(raw(input) > raw(other), raw(input) == raw(other), grad)


@minimum.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _share(raw(other) > raw(input), raw(input) == raw(other), grad)


def _share(lost: Array, tied: Array, like: Value) -> Array:
    """0 where `lost`, 1/2 where `tied`, 1 elsewhere, also beside nan, in the dtype of the gradient."""
    return (1 - lost - tied * 0.5).astype(raw(like).dtype)


@op(samples=_PAIRS, explain=explain_broadcast, tensors=("input", "other"))
def fmax(input: Value, other: Value) -> Value:
    """The larger of each pair, and the number where only one is a number."""
    _refuse_complex("fmax not implemented for complex tensors.", input, other)
    return np.fmax(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, tensors=("input", "other"))
def fmin(input: Value, other: Value) -> Value:
    """The smaller of each pair, and the number where only one is a number."""
    _refuse_complex("fmin not implemented for complex tensors.", input, other)
    return np.fmin(input, other)


@fmax.gradient("input", "other")
def _(grad: Value, input: Value, other: Value) -> tuple[Value, Value]:
    return _to_one(grad, raw(input) >= raw(other), other)


@fmin.gradient("input", "other")
def _(grad: Value, input: Value, other: Value) -> tuple[Value, Value]:
    return _to_one(grad, raw(input) <= raw(other), other)


def _to_one(grad: Value, first: Array, other: Value) -> tuple[Value, Value]:
    """The gradient to the first where that is chosen or the second is no number, else to the second."""
    chosen = first | np.isnan(raw(other))
    return where(chosen, grad, 0), where(chosen, 0, grad)


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
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    _refuse_complex("clamp is not supported for complex types", input)
    return kernel.clamp(input, min, max)


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


@composite(samples=[sample(floats(3, 4, avoid=(0.5,)), 0.5)], inplace=True)
def clamp_min(input: Value, min: Value) -> Value:
    """Each element, but not below `min`."""
    if isinstance(input, (int, float)):
        raise no_such_call("clamp_min", input, min)
    return clamp(input, min)


@composite(samples=[sample(floats(3, 4, avoid=(0.5,)), 0.5)], inplace=True)
def clamp_max(input: Value, max: Value) -> Value:
    """Each element, but not above `max`."""
    if isinstance(input, (int, float)):
        raise no_such_call("clamp_max", input, max)
    return clamp(input, None, max)


@op(
    samples=[sample(floats(3, 4)), sample(floats(3, 4), 1.0, 2.0, 3.0)],
    meeting="as_is",
    inplace=True,
    moves=True,
)
def nan_to_num(
    input: Value, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Value:
    """`nan`, by default 0, in place of nan; `posinf` and `neginf`, by default the limits, of infinities."""
    if input.dtype.kind not in dtypes.DIFFERENTIABLE:
        return input
    limits = finfo(dtypes.of_array(input))
    low, high = limits.min if neginf is None else neginf, limits.max if posinf is None else posinf

    def numbers(part: Array) -> Array:
        finite = part.copy()
        if not np.isfinite(part).all():
            for wrong, number in ((np.isnan(part), nan or 0), (part == np.inf, high), (part == -np.inf, low)):
                finite[wrong] = number
        return finite

    if input.dtype.kind != "c":
        return numbers(input)
    whole = np.empty_like(input)
    whole.real, whole.imag = numbers(input.real), numbers(input.imag)
    return whole


@nan_to_num.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * np.isfinite(raw(input))
