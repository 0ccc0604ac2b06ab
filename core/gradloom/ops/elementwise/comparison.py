"""Comparisons, element by element: bool tensors without gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import legacy_name
from gradloom.ops.op import Value, composite, op
from gradloom.ops.sample import complexes, floats, integers, sample
from gradloom.ops.shapes import explain_broadcast

_PAIRS = [sample(integers(3, 4), integers(4)), sample(integers(3, 4), 2), sample(floats(3, 4), 0.5)]
_ONE = [sample(floats(3, 4))]


def _require_order(name: str, *values: Any) -> None:
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype.kind == "c":
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{legacy_name(value.dtype)}'")


@op(samples=_PAIRS, explain=explain_broadcast, inplace=True, tensors=("input",))
def eq(input: Value, other: Value) -> Value:
    """Where the elements are equal."""
    return np.equal(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, inplace=True, aliases=("not_equal",), tensors=("input",))
def ne(input: Value, other: Value) -> Value:
    """Where the elements differ."""
    return np.not_equal(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, inplace=True, aliases=("less",), tensors=("input",))
def lt(input: Value, other: Value) -> Value:
    """Where input < other."""
    _require_order("lt", input, other)
    return np.less(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, inplace=True, aliases=("less_equal",), tensors=("input",))
def le(input: Value, other: Value) -> Value:
    """Where input <= other."""
    _require_order("le", input, other)
    return np.less_equal(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, inplace=True, aliases=("greater",), tensors=("input",))
def gt(input: Value, other: Value) -> Value:
    """Where input > other."""
    _require_order("gt", input, other)
    return np.greater(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, inplace=True, aliases=("greater_equal",), tensors=("input",))
def ge(input: Value, other: Value) -> Value:
    """Where input >= other."""
    _require_order("ge", input, other)
    return np.greater_equal(input, other)


@op(samples=_ONE, meeting="as_is")
def isnan(input: Value) -> Value:
    """Where an element is not a number."""
    return np.isnan(input)


@op(samples=_ONE, meeting="as_is")
def isinf(input: Value) -> Value:
    """Where an element is infinite."""
    return np.isinf(input)


@op(samples=_ONE, meeting="as_is")
def isfinite(input: Value) -> Value:
    """Where an element is neither infinite nor nan."""
    return np.isfinite(input)


@op(samples=_ONE, meeting="as_is")
def isposinf(input: Value) -> Value:
    """Where an element is positive infinity."""
    return np.isposinf(input)


@op(samples=_ONE, meeting="as_is")
def isneginf(input: Value) -> Value:
    """Where an element is negative infinity."""
    return np.isneginf(input)


@op(samples=[*_ONE, sample(complexes(3))], meeting="as_is")
def isreal(input: Value) -> Value:
    """Where an element has no imaginary part."""
    return np.isreal(input)


@op(
    samples=[sample(floats(3), floats(3))],
    meeting="as_is",
    explain=explain_broadcast,
    tensors=("input", "other"),
)
def isclose(
    input: Value, other: Value, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Value:
    """Where |input - other| <= atol + rtol * |other|. RuntimeError unless both have one dtype."""
    if input.dtype != other.dtype:
        names = legacy_name(input.dtype), legacy_name(other.dtype)
        raise RuntimeError(f"{names[0]} did not match {names[1]}")
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {tolerance}")
    return np.isclose(input, other, rtol, atol, equal_nan)


@composite(samples=[sample(floats(3), floats(3))])
def allclose(
    input: Value, other: Value, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether all elements are close, as `isclose` says."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


@composite(samples=[sample(floats(3), floats(3))])
def equal(input: Value, other: Value) -> bool:
    """Whether both have the same shape and the same elements."""
    return tuple(input.shape) == tuple(other.shape) and bool(eq(input, other).all())
