"""Arithmetic, element by element, with broadcasting."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.complex import conjugate
from gradloom.ops.exponential import log
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import complexes, floats, integers, sample
from gradloom.ops.selection import where
from gradloom.ops.shapes import explain_broadcast

_PAIRS = [
    sample(floats(3, 4), floats(3, 4)),
    sample(floats(3, 1), floats(4)),
    sample(floats(2, 3), 1.5),
    sample(complexes(3), complexes(2, 3)),
    sample(complexes(3), floats(3)),
    sample(floats(3), 1 + 2j),
]


@op(samples=[*_PAIRS, sample(floats(3), floats(3), alpha=2.0)], explain=explain_broadcast, inplace=True)
def add(input: Value, other: Value, alpha: float = 1) -> Value:
    """The sum, element by element: input + alpha * other."""
    return np.add(input, other if alpha == 1 else np.multiply(other, alpha))


@add.gradient("input")
def _(grad: Value) -> Value:
    return grad


@add.gradient("other")
def _(grad: Value, alpha: float) -> Value:
    return grad if alpha == 1 else grad * alpha


@op(
    samples=[*_PAIRS, sample(floats(3), floats(3), alpha=2.0)],
    explain=explain_broadcast,
    inplace=True,
    aliases=("subtract",),
)
def sub(input: Value, other: Value, alpha: float = 1) -> Value:
    """The difference, element by element: input - alpha * other."""
    return np.subtract(input, other if alpha == 1 else np.multiply(other, alpha))


@sub.gradient("input")
def _(grad: Value) -> Value:
    return grad


@sub.gradient("other")
def _(grad: Value, alpha: float) -> Value:
    return -grad if alpha == 1 else grad * -alpha


@op(samples=_PAIRS, explain=explain_broadcast, inplace=True, aliases=("multiply",))
def mul(input: Value, other: Value) -> Value:
    """The product, element by element: input * other."""
    return np.multiply(input, other)


@mul.gradient("input")
def _(grad: Value, other: Value) -> Value:
    return grad * conjugate(other)


@mul.gradient("other")
def _(grad: Value, input: Value) -> Value:
    return grad * conjugate(input)


_DIVISIONS = [
    sample(floats(3, 4), floats(4, avoid=(0.0,))),
    sample(floats(3, 4), 1.5),
    sample(1.5, floats(3, avoid=(0.0,))),
]
_WHOLE = [sample(integers(3, low=-5), integers(3, low=1)), sample(floats(3, low=0.1, high=0.9), 1.5)]


@op(
    samples=[*_DIVISIONS, sample(integers(3), integers(3, low=1))], meeting="float", explain=explain_broadcast
)
def true_divide(input: Value, other: Value) -> Value:
    """The quotient, element by element, always floating point: input / other."""
    return np.true_divide(input, other)


@true_divide.gradient("input")
def _(grad: Value, other: Value) -> Value:
    return grad / conjugate(other)


@true_divide.gradient("other")
def _(grad: Value, other: Value, out: Value) -> Value:
    return -grad * conjugate(out / other)


@op(samples=_WHOLE, explain=explain_broadcast, inplace=True)
def floor_divide(input: Value, other: Value) -> Value:
    """The quotient rounded down. No gradient."""
    if _integral_by_zero(input, other):
        raise RuntimeError("ZeroDivisionError")
    return np.floor_divide(input, other)


@op(samples=_WHOLE, explain=explain_broadcast, method=False)
def trunc_divide(input: Value, other: Value) -> Value:
    """The quotient rounded towards 0. No gradient."""
    if _integral_by_zero(input, other):
        raise RuntimeError("ZeroDivisionError")
    quotient = np.trunc(np.true_divide(input, other))
    return quotient.astype(np.result_type(input, other))


def _integral_by_zero(input: Value, other: Value) -> bool:
    return np.result_type(input, other).kind in "iu" and not np.all(other)


@composite(samples=_DIVISIONS, aliases=("divide",))
def div(input: Value, other: Value, rounding_mode: str | None = None) -> Value:
    """input / other, rounded "floor", "trunc" or not at all."""
    if rounding_mode is None:
        return true_divide(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return floor_divide(input, other) if rounding_mode == "floor" else trunc_divide(input, other)


@op(
    samples=[
        sample(integers(3, low=-5), integers(3, low=1)),
        sample(floats(3, low=0.1, high=0.9), floats(3, low=1.1)),
    ],
    explain=explain_broadcast,
    inplace=True,
)
def remainder(input: Value, other: Value) -> Value:
    """What is left after `floor_divide`, with the sign of `other`."""
    if _integral_by_zero(input, other):
        raise RuntimeError("ZeroDivisionError")
    return np.remainder(input, other)


@remainder.gradient("input")
def _(grad: Value) -> Value:
    return grad


@remainder.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * -raw(floor_divide(raw(input), raw(other)))


@op(samples=[sample(floats(3, 4))], inplace=True, aliases=("negative",))
def neg(input: Value) -> Value:
    """-x."""
    return np.negative(input)


@neg.gradient("input")
def _(grad: Value) -> Value:
    return -grad


@op(samples=[sample(floats(3, 4, avoid=(0.0,)))], meeting="float", inplace=True)
def reciprocal(input: Value) -> Value:
    """1 / x."""
    return np.reciprocal(input)


@reciprocal.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return -grad * out * out


@op(samples=[sample(floats(3, 4))], inplace=True)
def square(input: Value) -> Value:
    """x * x."""
    return np.multiply(input, input)


@square.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * (input * 2)


@op(
    samples=[
        sample(floats(3, 4), 2),
        sample(floats(3, 4), 3.0),
        sample(floats(3, low=0.2), 0.5),
        sample(floats(3, low=0.2), floats(3)),
        sample(2.0, floats(3)),
        sample(integers(3), 2),
    ],
    explain=explain_broadcast,
    inplace=True,
)
def pow(input: Value, exponent: Value) -> Value:  # noqa: A001
    """input to the power `exponent`, element by element."""
    if np.result_type(input).kind in "iu" and isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return np.power(input, exponent)


@pow.gradient("input")
def _(grad: Value, input: Value, exponent: Value) -> Value:
    # x^0 has the gradient 0 also at x = 0, where x^-1 is infinite.
    zeroth = raw(exponent) == 0
    slope = pow(input, exponent - 1) * exponent
    return grad * (where(zeroth, 0, slope) if zeroth.any() else slope)


@pow.gradient("exponent")
def _(grad: Value, input: Value, exponent: Value, out: Value) -> Value:
    # 0^y for y >= 0 does not change with y, although log(0) is infinite.
    flat = (raw(input) == 0) & (raw(exponent) >= 0)
    return grad * where(flat, 0, out * log(where(flat, 1, input)))


@op(samples=[sample(floats(3, 4, distinct=True), floats(3, 4))], explain=explain_broadcast)
def maximum(input: Value, other: Value) -> Value:
    """The larger of each pair; equal ones share the gradient."""
    return np.maximum(input, other)


@maximum.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _share(raw(input) > raw(other), raw(input) == raw(other), grad)


@maximum.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _share(raw(other) > raw(input), raw(input) == raw(other), grad)


@op(samples=[sample(floats(3, 4, distinct=True), floats(3, 4))], explain=explain_broadcast)
def minimum(input: Value, other: Value) -> Value:
    """The smaller of each pair; equal ones share the gradient."""
    return np.minimum(input, other)


@minimum.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _share(raw(input) < raw(other), raw(input) == raw(other), grad)


@minimum.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _share(raw(other) < raw(input), raw(input) == raw(other), grad)


def _share(whole: Array, half: Array, like: Value) -> Array:
    """1 where `whole`, 1/2 where `half`, in the dtype of the gradient."""
    return (whole + half * 0.5).astype(raw(like).dtype)
