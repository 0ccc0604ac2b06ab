"""Comparisons and logic, element by element: bool tensors without gradients."""

from __future__ import annotations

import numpy as np

from gradloom.ops.op import Value, composite, op
from gradloom.ops.sample import booleans, floats, integers, sample
from gradloom.ops.shapes import explain_broadcast

_PAIRS = [sample(integers(3, 4), integers(4)), sample(integers(3, 4), 2), sample(floats(3, 4), 0.5)]
_LOGIC = [sample(booleans(3, 4), booleans(4)), sample(floats(3), integers(3))]
_ONE = [sample(floats(3, 4))]


@op(samples=_PAIRS, explain=explain_broadcast)
def eq(input: Value, other: Value) -> Value:
    """Where the elements are equal."""
    return np.equal(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, aliases=("not_equal",))
def ne(input: Value, other: Value) -> Value:
    """Where the elements differ."""
    return np.not_equal(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, aliases=("less",))
def lt(input: Value, other: Value) -> Value:
    """Where input < other."""
    return np.less(input, other)


@op(samples=_PAIRS, explain=explain_broadcast)
def le(input: Value, other: Value) -> Value:
    """Where input <= other."""
    return np.less_equal(input, other)


@op(samples=_PAIRS, explain=explain_broadcast, aliases=("greater",))
def gt(input: Value, other: Value) -> Value:
    """Where input > other."""
    return np.greater(input, other)


@op(samples=_PAIRS, explain=explain_broadcast)
def ge(input: Value, other: Value) -> Value:
    """Where input >= other."""
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


@op(samples=_LOGIC, meeting="as_is", explain=explain_broadcast)
def logical_and(input: Value, other: Value) -> Value:
    """Where both are true; numbers are true unless 0."""
    return np.logical_and(input, other)


@op(samples=_LOGIC, meeting="as_is", explain=explain_broadcast)
def logical_or(input: Value, other: Value) -> Value:
    """Where at least one is true."""
    return np.logical_or(input, other)


@op(samples=_LOGIC, meeting="as_is", explain=explain_broadcast)
def logical_xor(input: Value, other: Value) -> Value:
    """Where exactly one is true."""
    return np.logical_xor(input, other)


@op(samples=[sample(booleans(3, 4)), sample(integers(3))], meeting="as_is")
def logical_not(input: Value) -> Value:
    """Where an element is false."""
    return np.logical_not(input)


_BITS = [sample(booleans(3, 4), booleans(4)), sample(integers(3), integers(3))]


@op(samples=_BITS, explain=explain_broadcast)
def bitwise_and(input: Value, other: Value) -> Value:
    """And, bit by bit, of bools or integers."""
    return np.bitwise_and(input, other)


@op(samples=_BITS, explain=explain_broadcast)
def bitwise_or(input: Value, other: Value) -> Value:
    """Or, bit by bit, of bools or integers."""
    return np.bitwise_or(input, other)


@op(samples=_BITS, explain=explain_broadcast)
def bitwise_xor(input: Value, other: Value) -> Value:
    """Exclusive or, bit by bit, of bools or integers."""
    return np.bitwise_xor(input, other)


@op(samples=[sample(booleans(3, 4)), sample(integers(3))], meeting="as_is")
def bitwise_not(input: Value) -> Value:
    """Not, bit by bit, of bools or integers."""
    return np.invert(input)


@op(samples=[sample(floats(3), floats(3))], explain=explain_broadcast)
def isclose(
    input: Value, other: Value, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Value:
    """Where |input - other| <= atol + rtol * |other|."""
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
