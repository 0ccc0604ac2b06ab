"""Sums and products, element by element, with broadcasting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.pairing import chosen, combined
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import explain_broadcast, no_such_call

_PAIRS = [
    sample(floats(3, 4), floats(3, 4)),
    sample(floats(3, 1), floats(4)),
    sample(floats(2, 3), 1.5),
    sample(complexes(3), complexes(2, 3)),
    sample(complexes(3), floats(3)),
    sample(floats(3), 1 + 2j),
]
_SUMS = [*_PAIRS, sample(floats(3), floats(3), alpha=2.0)]
_ONE = [sample(floats(3, 4)), sample(complexes(3))]


def _times(alpha: Any, other: Value) -> Value:
    """alpha * other; RuntimeError if that would make whole numbers fractions."""
    if raw(other).dtype.kind in "iub" and isinstance(alpha, float):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    return np.multiply(other, alpha)


@op(samples=_SUMS, explain=explain_broadcast, inplace=True)
def add(input: Value, other: Value, alpha: float = 1) -> Value:
    """The sum, element by element: input + alpha * other."""
    return combined(np.add, input, other if alpha == 1 else _times(alpha, other))


@add.written
def _(input: Array, other: Value, alpha: float) -> None:
    np.add(input, other if alpha == 1 else _times(alpha, other), out=input)


@add.gradient("input")
def _(grad: Value) -> Value:
    return grad


@add.gradient("other")
def _(grad: Value, alpha: float) -> Value:
    return grad if alpha == 1 else grad * conjugate(alpha)


def _explain_sub(values: Sequence[Any]) -> str | None:
    if raw(values[0]).dtype == np.bool_:
        return (
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead."
        )
    return explain_broadcast(values)


@op(samples=_SUMS, explain=_explain_sub, inplace=True, aliases=("subtract",))
def sub(input: Value, other: Value, alpha: float = 1) -> Value:
    """The difference, element by element: input - alpha * other."""
    return combined(np.subtract, input, other if alpha == 1 else _times(alpha, other))


@sub.written
def _(input: Array, other: Value, alpha: float) -> None:
    np.subtract(input, other if alpha == 1 else _times(alpha, other), out=input)


@sub.gradient("input")
def _(grad: Value) -> Value:
    return grad


@sub.gradient("other")
def _(grad: Value, alpha: float) -> Value:
    return -grad if alpha == 1 else grad * conjugate(-alpha)


@op(samples=_SUMS, explain=_explain_sub, method=False)
def rsub(input: Value, other: Value, alpha: float = 1) -> Value:
    """The difference with its sides exchanged: other - alpha * input."""
    if isinstance(input, (int, float, complex)):
        raise no_such_call("rsub", input, other)
    return np.subtract(other, input if alpha == 1 else _times(alpha, input))


@rsub.gradient("input")
def _(grad: Value, alpha: float) -> Value:
    return -grad if alpha == 1 else grad * conjugate(-alpha)


@rsub.gradient("other")
def _(grad: Value) -> Value:
    return grad


@op(samples=_PAIRS, explain=explain_broadcast, inplace=True, aliases=("multiply",))
def mul(input: Value, other: Value) -> Value:
    """The product, element by element: input * other."""
    return combined(np.multiply, input, other)


@mul.written
def _(input: Array, other: Value) -> None:
    np.multiply(input, other, out=input)


@mul.gradient("input")
def _(grad: Value, other: Value) -> Value:
    return mul(grad, conjugate(other))


@mul.gradient("other")
def _(grad: Value, input: Value) -> Value:
    return mul(grad, conjugate(input))


def _explain_neg(values: Sequence[Any]) -> str | None:
    return (
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
        "use the `~` or `logical_not()` operator instead."
    )


@op(samples=_ONE, explain=_explain_neg, inplace=True, aliases=("negative",))
def neg(input: Value) -> Value:
    """-x."""
    return np.negative(input)


@neg.gradient("input")
def _(grad: Value) -> Value:
    return -grad


@composite(samples=_ONE)
def positive(input: Value) -> Value:
    """The tensor itself; RuntimeError for a bool one."""
    if raw(input).dtype == np.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@op(samples=_ONE, inplace=True)
def square(input: Value) -> Value:
    """x * x."""
    return np.multiply(input, input, dtype=np.int64 if raw(input).dtype == np.bool_ else None)


@square.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * conjugate(input * 2)


_TRIPLES = [
    sample(floats(3, 4), floats(3, 4), floats(4, low=0.5)),
    sample(floats(3, 4), floats(3, 1), floats(low=0.5), value=2.0),
    sample(complexes(3), complexes(3), complexes(3)),
]


@composite(samples=_TRIPLES, inplace=True)
def addcmul(input: Value, tensor1: Value, tensor2: Value, *, value: float = 1) -> Value:
    """input + value * tensor1 * tensor2, of integers with the whole part of `value`."""
    if all(raw(each).dtype.kind in "iu" for each in (input, tensor1, tensor2)):
        value = int(value)
    return add(input, mul(tensor1, tensor2), value)


@op(
    samples=[
        sample(floats(3, 4), floats(3, 4), floats(3, 4, low=-1.0)),
        sample(floats(3, 4), floats(3, 1), 0.2),
        sample(complexes(3), complexes(3), complexes(3)),
    ],
    explain=explain_broadcast,
    inplace=True,
)
def lerp(input: Value, end: Value, weight: Value) -> Value:
    """The point on the way from `input` to `end` at `weight`: input + weight * (end - input)."""
    # From the nearer end, so that both ends are met exactly.
    way = end - input
    if isinstance(weight, (int, float)):
        return input + weight * way if abs(weight) < 0.5 else end - way * (1 - weight)
    return chosen(np.abs(weight) < 0.5, input + weight * way, end - way * (1 - weight))


@lerp.written
def _(input: Array, end: Value, weight: Value) -> None:
    way = end - input
    if np.ndim(weight):
        raise TypeError("several weights")
    if abs(weight) < 0.5:
        np.add(input, weight * way, out=input)
    else:
        np.subtract(end, way * (1 - weight), out=input)


@lerp.gradient("input")
def _(grad: Value, weight: Value) -> Value:
    return grad * conjugate(1 - weight)


@lerp.gradient("end")
def _(grad: Value, weight: Value) -> Value:
    return grad * conjugate(weight)


@lerp.gradient("weight")
def _(grad: Value, input: Value, end: Value) -> Value:
    return grad * conjugate(end - input)
