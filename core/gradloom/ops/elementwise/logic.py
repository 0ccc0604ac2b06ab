"""Logic of truth values and of bits, element by element, without gradients."""

from __future__ import annotations

import numpy as np

from gradloom.ops.op import Value, op
from gradloom.ops.sample import booleans, floats, integers, sample
from gradloom.ops.shapes import explain_broadcast

_LOGIC = [sample(booleans(3, 4), booleans(4)), sample(floats(3), integers(3))]
_BITS = [sample(booleans(3, 4), booleans(4)), sample(integers(3), integers(3))]
_SHIFTS = [sample(integers(3, 4), integers(4)), sample(integers(3, low=-5), 2)]


@op(samples=_LOGIC, meeting="as_is", explain=explain_broadcast, inplace=True, tensors=("input", "other"))
def logical_and(input: Value, other: Value) -> Value:
    """Where both are true; numbers are true unless 0."""
    return np.logical_and(input, other)


@op(samples=_LOGIC, meeting="as_is", explain=explain_broadcast, inplace=True, tensors=("input", "other"))
def logical_or(input: Value, other: Value) -> Value:
    """Where at least one is true."""
    return np.logical_or(input, other)


@op(samples=_LOGIC, meeting="as_is", explain=explain_broadcast, inplace=True, tensors=("input", "other"))
def logical_xor(input: Value, other: Value) -> Value:
    """Where exactly one is true."""
    return np.logical_xor(input, other)


@op(samples=[sample(booleans(3, 4)), sample(integers(3))], meeting="as_is", inplace=True)
def logical_not(input: Value) -> Value:
    """Where an element is false."""
    return np.logical_not(input)


@op(samples=_BITS, explain=explain_broadcast, inplace=True)
def bitwise_and(input: Value, other: Value) -> Value:
    """And, bit by bit, of bools or integers."""
    return np.bitwise_and(input, other)


@op(samples=_BITS, explain=explain_broadcast, inplace=True)
def bitwise_or(input: Value, other: Value) -> Value:
    """Or, bit by bit, of bools or integers."""
    return np.bitwise_or(input, other)


@op(samples=_BITS, explain=explain_broadcast, inplace=True)
def bitwise_xor(input: Value, other: Value) -> Value:
    """Exclusive or, bit by bit, of bools or integers."""
    return np.bitwise_xor(input, other)


@op(samples=[sample(booleans(3, 4)), sample(integers(3))], meeting="as_is", inplace=True)
def bitwise_not(input: Value) -> Value:
    """Not, bit by bit, of bools or integers."""
    return np.invert(input)


@op(samples=_SHIFTS, explain=explain_broadcast, inplace=True)
def bitwise_left_shift(input: Value, other: Value) -> Value:
    """The bits of integers moved up by `other` places."""
    return np.left_shift(input, other)


@op(samples=_SHIFTS, explain=explain_broadcast, inplace=True)
def bitwise_right_shift(input: Value, other: Value) -> Value:
    """The bits of integers moved down by `other` places; the sign stays."""
    return np.right_shift(input, other)
