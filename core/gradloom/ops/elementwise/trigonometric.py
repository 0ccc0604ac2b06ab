"""Sines, cosines and their relatives, element by element, in radians."""

from __future__ import annotations

import math

import numpy as np

from gradloom.ops.elementwise.complex import complex, conjugate, real, require_one_dtype  # noqa: A004
from gradloom.ops.elementwise.exponential import rsqrt
from gradloom.ops.elementwise.signs import sgn
from gradloom.ops.movement.selection import where
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import explain_broadcast

_ANY = [sample(floats(3, 4)), sample(complexes(3))]
_INSIDE = [sample(floats(3, 4, low=-0.8, high=0.8)), sample(complexes(3))]


@op(samples=_ANY, meeting="float", inplace=True)
def sin(input: Value) -> Value:
    """The sine."""
    return np.sin(input)


@sin.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * conjugate(cos(input))


@op(samples=_ANY, meeting="float", inplace=True)
def cos(input: Value) -> Value:
    """The cosine."""
    return np.cos(input)


@cos.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return -grad * conjugate(sin(input))


@op(samples=[sample(floats(3, 4, low=-1.2, high=1.2)), sample(complexes(3))], meeting="float", inplace=True)
def tan(input: Value) -> Value:
    """The tangent."""
    return np.tan(input)


@tan.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * conjugate(1 + out * out)


@op(samples=_INSIDE, meeting="float", inplace=True, aliases=("arcsin",))
def asin(input: Value) -> Value:
    """The angle in [-pi/2, pi/2] of that sine; nan outside [-1, 1]."""
    return np.arcsin(input)


@asin.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * conjugate(rsqrt(1 - input * input))


@op(samples=_INSIDE, meeting="float", inplace=True, aliases=("arccos",))
def acos(input: Value) -> Value:
    """The angle in [0, pi] of that cosine; nan outside [-1, 1]."""
    return np.arccos(input)


@acos.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return -grad * conjugate(rsqrt(1 - input * input))


@op(samples=_ANY, meeting="float", inplace=True, aliases=("arctan",))
def atan(input: Value) -> Value:
    """The angle in (-pi/2, pi/2) of that tangent."""
    return np.arctan(input)


@atan.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / conjugate(1 + input * input)


@op(
    samples=[sample(floats(3, 4, avoid=(0.0,)), floats(4, avoid=(0.0,)))],
    meeting="float",
    explain=explain_broadcast,
    inplace=True,
    aliases=("arctan2",),
    tensors=("input", "other"),
)
def atan2(input: Value, other: Value) -> Value:
    """The angle in (-pi, pi] of the point with y `input` and x `other`."""
    return np.arctan2(input, other)


@atan2.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _turning(input, other)


@atan2.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return -grad * _turning(other, input)


def _turning(input: Value, other: Value) -> Value:
    """The derivative of the angle with respect to `input`; 0 at the origin, where there is none."""
    square = input * input + other * other
    return where(raw(square) == 0, 0, other / square)


@op(samples=[sample(floats(3, 4, avoid=(0.0,))), sample(complexes(3))], meeting="float", inplace=True)
def sinc(input: Value) -> Value:
    """sin(pi x) / (pi x), and 1 at 0."""
    angle = input * math.pi
    return np.where(angle == 0, 1, np.sin(angle) / angle)


@sinc.gradient("input")
def _(grad: Value, input: Value) -> Value:
    angle = input * math.pi
    square = angle * input
    slope = (angle * cos(angle) - sin(angle)) / square
    return grad * conjugate(where(raw(square) == 0, 0, slope))


@op(samples=[sample(floats(3, 4))], meeting="float", inplace=True)
def deg2rad(input: Value) -> Value:
    """Degrees as radians."""
    return input * (math.pi / 180)


@deg2rad.gradient("input")
def _(grad: Value) -> Value:
    return deg2rad(grad)


@op(samples=[sample(floats(3, 4))], meeting="float", inplace=True)
def rad2deg(input: Value) -> Value:
    """Radians as degrees."""
    return input * (180 / math.pi)


@rad2deg.gradient("input")
def _(grad: Value) -> Value:
    return rad2deg(grad)


@op(
    samples=[sample(floats(3, 4, low=0.1), floats(4))],
    meeting="as_is",
    explain=explain_broadcast,
    method=False,
    tensors=("abs", "angle"),
)
def polar(abs: Value, angle: Value) -> Value:
    """The complex numbers of these sizes and angles: abs * (cos(angle) + i sin(angle))."""
    require_one_dtype(abs, angle)
    return complex.forward(abs * np.cos(angle), abs * np.sin(angle))


@polar.gradient("abs")
def _(grad: Value, out: Value) -> Value:
    return real(conjugate(grad) * sgn(out))


@polar.gradient("angle")
def _(grad: Value, out: Value) -> Value:
    return real(conjugate(grad) * (out * 1j))
