"""Activations made of straight pieces: clipped, shrunk, and cheap stand-ins for smooth ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name, of_array
from gradloom.kernels.activations import clamp as bounded
from gradloom.kernels.pairing import chosen
from gradloom.limits import finfo
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, sample


@op(
    samples=[sample(floats(3, 4, avoid=(-1.0, 1.0))), sample(floats(3, 4, avoid=(-0.5, 0.7)), -0.5, 0.7)],
    inplace=True,
    method=False,
)
def hardtanh(input: Value, min_val: float = -1.0, max_val: float = 1.0) -> Value:
    """input, but not below `min_val` and not above `max_val`."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if input.dtype.kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if input.dtype.kind == "u" and min_val < 0:
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return np.clip(input, *np.asarray([min_val, max_val], input.dtype))


@hardtanh.gradient("input")
def _(grad: Value, input: Value, min_val: float, max_val: float) -> Value:
    return where((raw(input) > min_val) & (raw(input) < max_val), grad, 0)


@composite(samples=[sample(floats(3, 4, low=-7.0, high=7.0, avoid=(0.0, 6.0)))], inplace=True, method=False)
def relu6(input: Value) -> Value:
    """min(max(input, 0), 6) (Krizhevsky, 2010)."""
    return hardtanh(input, 0.0, 6.0)


_BENDS = [sample(floats(3, 4, low=-4.0, high=4.0, avoid=(-3.0, 3.0)))]


@op(samples=_BENDS, meeting="float", inplace=True, method=False)
def hardsigmoid(input: Value) -> Value:
    """min(max(input + 3, 0), 6) / 6, straight where sigmoid is bent (Howard et al., 2019)."""
    return bounded(input + 3, 0, 6) / 6


@hardsigmoid.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return where(np.abs(raw(input)) < 3, grad / 6, 0)


@op(samples=_BENDS, meeting="float", inplace=True, method=False)
def hardswish(input: Value) -> Value:
    """input * hardsigmoid(input) (Howard et al., 2019)."""
    return input * bounded(input + 3, 0, 6) / 6


@hardswish.gradient("input")
def _(grad: Value, input: Value) -> Value:
    bent = where(raw(input) <= -3, 0, grad * (input / 3 + 0.5))
    return where(raw(input) >= 3, grad, bent)


_SHRUNK = [sample(floats(3, 4, avoid=(-0.5, 0.5))), sample(floats(3, 4, avoid=(-0.3, 0.3)), 0.3)]


@op(samples=_SHRUNK)
def hardshrink(input: Value, lambd: float = 0.5) -> Value:
    """input, but 0 from -lambd to lambd."""
    return chosen((input >= -lambd) & (input <= lambd), input.dtype.type(0), input)


@op(samples=_SHRUNK, meeting="float", method=False)
def softshrink(input: Value, lambd: float = 0.5) -> Value:
    """input brought nearer to 0 by `lambd`, and 0 from -lambd to lambd."""
    limit = finfo(of_array(input)).max
    if not 0 <= lambd <= limit:
        raise RuntimeError(
            f"lambda must be in range [0, {limit:g}] for input dtype {legacy_name(input.dtype)}, "
            f"but found {lambd:g}"
        )
    return input - bounded(input, -lambd, lambd)


for _shrink in (hardshrink, softshrink):

    @_shrink.gradient("input")
    def _(grad: Value, input: Value, lambd: float) -> Value:
        return where(_beyond(raw(input), lambd), grad, 0)


def _beyond(input: Array, lambd: Any) -> Array:
    beyond: Array = (input < -lambd) | (input > lambd)
    return beyond
