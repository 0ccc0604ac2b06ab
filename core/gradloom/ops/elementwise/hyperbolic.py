"""Hyperbolic functions and their inverses, element by element."""

from __future__ import annotations

import numpy as np

from gradloom.kernels import activations
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.elementwise.exponential import rsqrt
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import complexes, floats, sample

_ANY = [sample(floats(3, 4)), sample(complexes(3))]


@op(samples=_ANY, meeting="float", inplace=True)
def tanh(input: Value) -> Value:
    """The hyperbolic tangent."""
    return activations.tanh(input)


@tanh.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return activations.tanh_backward(grad, out)


@op(samples=_ANY, meeting="float", inplace=True)
def sinh(input: Value) -> Value:
    """The hyperbolic sine."""
    return np.sinh(input)


@sinh.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * conjugate(cosh(input))


@op(samples=_ANY, meeting="float", inplace=True)
def cosh(input: Value) -> Value:
    """The hyperbolic cosine."""
    return np.cosh(input)


@cosh.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * conjugate(sinh(input))


@op(samples=_ANY, meeting="float", inplace=True, aliases=("arcsinh",))
def asinh(input: Value) -> Value:
    """The number of that hyperbolic sine."""
    return np.arcsinh(input)


@asinh.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * conjugate(rsqrt(input * input + 1))


@op(
    samples=[sample(floats(3, 4, low=1.2)), sample(complexes(3))],
    meeting="float",
    inplace=True,
    aliases=("arccosh",),
)
def acosh(input: Value) -> Value:
    """The number from 0 on of that hyperbolic cosine; nan below 1."""
    return np.arccosh(input)


@acosh.gradient("input")
def _(grad: Value, input: Value) -> Value:
    if raw(input).dtype.kind == "c":
        # The product of the roots has the branch cut of acosh, the root of the product has not.
        return grad * conjugate(rsqrt(input - 1) * rsqrt(input + 1))
    return grad * rsqrt(input * input - 1)


@op(
    samples=[sample(floats(3, 4, low=-0.8, high=0.8)), sample(complexes(3))],
    meeting="float",
    inplace=True,
    aliases=("arctanh",),
)
def atanh(input: Value) -> Value:
    """The number of that hyperbolic tangent; nan outside [-1, 1]."""
    return np.arctanh(input)


@atanh.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / conjugate(1 - input * input)
