"""Powers, and floating-point numbers taken apart and put together."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array, complex128, float64
from gradloom.ops.copying import cast, zero
from gradloom.ops.elementwise.arithmetic import mul
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.elementwise.exponential import exp2, log
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.operand import Operand
from gradloom.ops.promotion import meet
from gradloom.ops.sample import complexes, floats, integers, sample
from gradloom.ops.shapes import explain_broadcast, no_such_call


@op(
    samples=[
        sample(floats(3, 4), 2),
        sample(floats(3, 4), 3.0),
        sample(floats(3, low=0.2), 0.5),
        sample(floats(3, low=0.2), floats(3)),
        sample(2.0, floats(3)),
        sample(integers(3), 2),
        sample(complexes(3), 2),
        sample(complexes(3), complexes(3)),
    ],
    meeting="as_is",
    explain=explain_broadcast,
    inplace=True,
)
def pow(input: Value, exponent: Value) -> Value:  # noqa: A001
    """input to the power `exponent`, element by element.

    RuntimeError for integers to the power of a negative Python integer; that of a tensor gives 0, 1 or -1.
    """
    operands = [input, exponent]
    meet(operands, (0, 1), floating=False)
    base, power = operands
    # Both are arrays now, or one is a number beside a floating-point array.
    if (base if isinstance(base, np.ndarray) else power).dtype.kind not in "iu":
        whole = type(power) in (int, float) and abs(power) > 2 and power == int(power)
        return _whole_power(base, power) if whole and base.dtype.kind == "f" else base**power
    if isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    # Of 1 / x^n only the whole part is left.
    inverse = np.where(np.abs(base) == 1, base ** np.bitwise_and(power, 1), 0)
    return np.where(power < 0, inverse, base ** np.maximum(power, 0))


def _whole_power(base: Array, power: float) -> Array:
    """By the sizes alone, since NumPy takes fifty times as long for numbers below 0."""
    if power == 3:
        return np.asarray(base * base * base)
    size = np.abs(base) ** power
    return np.copysign(size, base) if power % 2 else size


@pow.gradient("input")
def _(grad: Value, input: Value, exponent: Value) -> Value:
    # x^0 has the gradient 0 also at x = 0, where x^-1 is infinite.
    zeroth = raw(exponent) == 0
    slope = pow(input, exponent - 1) * exponent
    return grad * conjugate(where(zeroth, 0, slope) if zeroth.any() else slope)


@pow.gradient("exponent")
def _(grad: Value, input: Value, exponent: Value, out: Value) -> Value:
    # 0^y for y >= 0 does not change with y, although log(0) is infinite.
    flat = (raw(input) == 0) & (raw(exponent).real >= 0)
    base = input if isinstance(input, (Operand, np.ndarray)) else raw(out).dtype.type(input)
    return grad * conjugate(where(flat, 0, out * log(where(flat, 1, base))))


@composite(
    samples=[sample(floats(3, low=0.2), 2.5), sample(floats(3, low=0.2), floats(3)), sample(integers(3), 2)],
    inplace=True,
)
def float_power(input: Value, exponent: Value) -> Value:
    """input to the power `exponent` in double precision."""
    if not any(isinstance(each, (Operand, np.ndarray)) for each in (input, exponent)):
        raise no_such_call("float_power", input, exponent)
    wide = complex128 if raw(input).dtype.kind == "c" or raw(exponent).dtype.kind == "c" else float64
    base, power = (
        cast(each, wide) if isinstance(each, (Operand, np.ndarray)) else each for each in (input, exponent)
    )
    return pow(base, power)


@composite(samples=[sample(floats(3), floats(3))], inplace=True)
def ldexp(input: Value, other: Value) -> Value:
    """input * 2^other."""
    return mul(input, pow(2.0, other))


@op(
    samples=[sample(floats(3, 4, avoid=(-1.0, -0.5, 0.0, 0.5, 1.0)))],
    meeting="as_is",
    returns=("mantissa", "exponent"),
)
def frexp(input: Value) -> Value:
    """Mantissas in [0.5, 1) and whole exponents such that input = mantissa * 2^exponent."""
    if input.dtype.kind != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return np.frexp(input)


@frexp.gradient("input")
def _(grad: Value, exponent: Value) -> Value:
    return grad / exp2(raw(exponent).astype(raw(grad).dtype))


@op(
    samples=[sample(floats(3, 4, avoid=(0.0,)), floats(4, avoid=(0.0,)))],
    explain=explain_broadcast,
    inplace=True,
    tensors=("input", "other"),
)
def hypot(input: Value, other: Value) -> Value:
    """The length of the hypotenuse over these legs: sqrt(input^2 + other^2)."""
    return np.hypot(input, other)


@hypot.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (input / out)


@hypot.gradient("other")
def _(grad: Value, other: Value, out: Value) -> Value:
    return grad * (other / out)


@op(
    samples=[sample(floats(3), floats(3))],
    explain=explain_broadcast,
    inplace=True,
    tensors=("input", "other"),
)
def nextafter(input: Value, other: Value) -> Value:
    """The next number that floating point knows from `input` towards `other`."""
    return np.nextafter(input, other)


@nextafter.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return where(raw(input) == raw(other), 0, grad)


@nextafter.gradient("other")
def _(grad: Value) -> Value:
    return zero(grad)
