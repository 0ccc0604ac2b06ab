"""Exponentials, logarithms, roots, and the functions built of them, element by element."""

from __future__ import annotations

import math

import numpy as np

from gradloom.kernels.erf import erf as erf_kernel
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample

_ANY = [sample(floats(3, 4))]
_POSITIVE = [sample(floats(3, 4, low=0.2))]


@op(samples=_ANY, meeting="float", inplace=True)
def exp(input: Value) -> Value:
    """e to the power of each element: y = e^x."""
    return np.exp(input)


@exp.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * out


@op(samples=_ANY, meeting="float", inplace=True)
def exp2(input: Value) -> Value:
    """2 to the power of each element: y = 2^x."""
    return np.exp2(input)


@exp2.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * out * math.log(2)


@op(samples=_ANY, meeting="float", inplace=True)
def expm1(input: Value) -> Value:
    """e^x - 1, accurate near 0."""
    return np.expm1(input)


@expm1.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * (out + 1)


@op(samples=_POSITIVE, meeting="float", inplace=True)
def log(input: Value) -> Value:
    """The natural logarithm of each element; nan below 0."""
    return np.log(input)


@log.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / input


@op(samples=_POSITIVE, meeting="float", inplace=True)
def log2(input: Value) -> Value:
    """The logarithm to the base 2."""
    return np.log2(input)


@log2.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / (input * math.log(2))


@op(samples=_POSITIVE, meeting="float", inplace=True)
def log10(input: Value) -> Value:
    """The logarithm to the base 10."""
    return np.log10(input)


@log10.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / (input * math.log(10))


@op(samples=[sample(floats(3, 4, low=-0.8))], meeting="float", inplace=True)
def log1p(input: Value) -> Value:
    """log(1 + x), accurate near 0."""
    return np.log1p(input)


@log1p.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / (input + 1)


@op(samples=_POSITIVE, meeting="float", inplace=True)
def sqrt(input: Value) -> Value:
    """The square root of each element; nan below 0."""
    return np.sqrt(input)


@sqrt.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad / (out * 2)


@op(samples=_POSITIVE, meeting="float", inplace=True)
def rsqrt(input: Value) -> Value:
    """1 / sqrt(x)."""
    return 1 / np.sqrt(input)


@rsqrt.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * -0.5 * out * out * out


@op(samples=[*_ANY, sample(floats(4, low=-30.0, high=30.0))], meeting="float", inplace=True)
def sigmoid(input: Value) -> Value:
    """1 / (1 + e^-x), the logistic function."""
    # Through tanh: neither end overflows.
    half = input * 0.5
    return np.tanh(half) * 0.5 + 0.5


@sigmoid.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * out * (1 - out)


@op(samples=_ANY, meeting="float", inplace=True)
def tanh(input: Value) -> Value:
    """The hyperbolic tangent."""
    return np.tanh(input)


@tanh.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * (1 - out * out)


@op(samples=_ANY, meeting="float", inplace=True)
def sinh(input: Value) -> Value:
    """The hyperbolic sine."""
    return np.sinh(input)


@sinh.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * cosh(input)


@op(samples=_ANY, meeting="float", inplace=True)
def cosh(input: Value) -> Value:
    """The hyperbolic cosine."""
    return np.cosh(input)


@cosh.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * sinh(input)


@op(samples=_ANY, meeting="float", inplace=True)
def erf(input: Value) -> Value:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return erf_kernel(input)


@erf.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * exp(-(input * input)) * (2 / math.sqrt(math.pi))
