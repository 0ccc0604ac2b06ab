"""Quotients and what is left of them, element by element."""

from __future__ import annotations

import numpy as np

from gradloom.kernels.pairing import combined
from gradloom.ops.copying import zero
from gradloom.ops.elementwise.arithmetic import add
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import complexes, floats, integers, sample
from gradloom.ops.shapes import explain_broadcast

_DIVISIONS = [
    sample(floats(3, 4), floats(4, avoid=(0.0,))),
    sample(floats(3, 4), 1.5),
    sample(1.5, floats(3, avoid=(0.0,))),
    sample(complexes(3), complexes(3)),
]
_WHOLE = [sample(integers(3, low=-5), integers(3, low=1))]
_REST = [*_WHOLE, sample(floats(3, low=0.1, high=0.9), floats(3, low=1.1))]


@op(
    samples=[*_DIVISIONS, sample(integers(3), integers(3, low=1))],
    meeting="float",
    explain=explain_broadcast,
    inplace=True,
)
def true_divide(input: Value, other: Value) -> Value:
    """The quotient, element by element, always floating point: input / other."""
    return combined(np.true_divide, input, other)


@true_divide.gradient("input")
def _(grad: Value, other: Value) -> Value:
    return true_divide(grad, conjugate(other))


@true_divide.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    # Not by way of the quotient, which a script may change in place.
    return -grad * conjugate(input / other / other)


def _refuse_zero(input: Value, other: Value) -> None:
    if np.result_type(input, other).kind in "iu" and not np.all(other):
        raise RuntimeError("ZeroDivisionError")


@op(
    samples=[*_WHOLE, sample(floats(3, low=0.1, high=0.9), 1.5)],
    explain=explain_broadcast,
    inplace=True,
)
def floor_divide(input: Value, other: Value) -> Value:
    """The quotient rounded down. Its gradient is 0."""
    _refuse_zero(input, other)
    return np.floor_divide(input, other)


@op(
    samples=[*_WHOLE, sample(floats(3, low=0.1, high=0.9), 1.5)],
    explain=explain_broadcast,
    method=False,
)
def trunc_divide(input: Value, other: Value) -> Value:
    """The quotient rounded towards 0. Its gradient is 0."""
    _refuse_zero(input, other)
    if np.result_type(input, other).kind not in "iu":
        return np.trunc(np.true_divide(input, other))
    down = np.floor_divide(input, other)
    return down + ((down < 0) & (down * other != input))


for _rounded in (floor_divide, trunc_divide):
    for _side in ("input", "other"):

        @_rounded.gradient(_side)
        def _(grad: Value) -> Value:
            return zero(grad)


@composite(samples=_DIVISIONS, aliases=("divide",), inplace=True)
def div(input: Value, other: Value, rounding_mode: str | None = None) -> Value:
    """input / other, rounded "floor", "trunc" or not at all."""
    if rounding_mode is None:
        return true_divide(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return floor_divide(input, other) if rounding_mode == "floor" else trunc_divide(input, other)


@op(samples=_REST, explain=explain_broadcast, inplace=True)
def remainder(input: Value, other: Value) -> Value:
    """What is left after `floor_divide`, with the sign of `other`."""
    _refuse_zero(input, other)
    return np.remainder(input, other)


@remainder.gradient("input")
def _(grad: Value) -> Value:
    return grad


@remainder.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * -raw(floor_divide(raw(input), raw(other)))


@op(samples=_REST, explain=explain_broadcast, inplace=True, tensors=("input",))
def fmod(input: Value, other: Value) -> Value:
    """What is left after division rounded towards 0, with the sign of `input`."""
    _refuse_zero(input, other)
    return np.fmod(input, other)


@fmod.gradient("input")
def _(grad: Value) -> Value:
    return grad


@fmod.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * -raw(trunc_divide(raw(input), raw(other)))


@op(samples=[sample(floats(3, 4, avoid=(0.0,))), sample(complexes(3))], meeting="float", inplace=True)
def reciprocal(input: Value) -> Value:
    """1 / x."""
    return np.reciprocal(input)


@reciprocal.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return -grad * conjugate(out * out)


@composite(
    samples=[
        sample(floats(3, 4), floats(3, 4), floats(4, low=0.5)),
        sample(floats(3, 4), floats(3, 1), floats(3, 4, avoid=(0.0,)), value=2.0),
        sample(complexes(3), complexes(3), complexes(3)),
    ],
    inplace=True,
)
def addcdiv(input: Value, tensor1: Value, tensor2: Value, *, value: float = 1) -> Value:
    """input + value * tensor1 / tensor2; RuntimeError for integers alone."""
    if np.result_type(raw(tensor1), raw(tensor2)).kind in "iub":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will "
            "perform a true division of tensor1 and tensor2."
        )
    return add(input, true_divide(tensor1, tensor2), value)


@op(samples=_WHOLE, explain=explain_broadcast, inplace=True, tensors=("input", "other"))
def gcd(input: Value, other: Value) -> Value:
    """The greatest common divisor of each pair of integers."""
    return np.gcd(input, other)


@op(samples=_WHOLE, explain=explain_broadcast, inplace=True, tensors=("input", "other"))
def lcm(input: Value, other: Value) -> Value:
    """The least common multiple of each pair of integers."""
    return np.lcm(input, other)
