"""Exponentials, logarithms and roots, element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.kernels import activations
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.op import Value, op
from gradloom.ops.sample import complexes, floats, sample
from gradloom.ops.shapes import explain_broadcast

_ANY = [sample(floats(3, 4)), sample(complexes(3))]
_POSITIVE = [sample(floats(3, 4, low=0.2)), sample(complexes(3))]


@op(samples=_ANY, meeting="float", inplace=True)
def exp(input: Value) -> Value:
    """e to the power of each element: y = e^x."""
    return activations.exp(input)


@exp.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * conjugate(out)


@op(samples=_ANY, meeting="float", inplace=True)
def exp2(input: Value) -> Value:
    """2 to the power of each element: y = 2^x."""
    return np.exp2(input)


@exp2.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * conjugate(out) * math.log(2)


@op(samples=_ANY, meeting="float", inplace=True)
def expm1(input: Value) -> Value:
    """e^x - 1, accurate near 0."""
    return np.expm1(input)


@expm1.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * conjugate(out + 1)


@op(samples=_POSITIVE, meeting="float", inplace=True)
def log(input: Value) -> Value:
    """The natural logarithm of each element; nan below 0."""
    return activations.log(input)


@log.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / conjugate(input)


@op(samples=_POSITIVE, meeting="float", inplace=True)
def log2(input: Value) -> Value:
    """The logarithm to the base 2."""
    return np.log2(input)


@log2.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / conjugate(input * math.log(2))


@op(samples=_POSITIVE, meeting="float", inplace=True)
def log10(input: Value) -> Value:
    """The logarithm to the base 10."""
    return np.log10(input)


@log10.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / conjugate(input * math.log(10))


@op(samples=[sample(floats(3, 4, low=-0.8)), sample(complexes(3))], meeting="float", inplace=True)
def log1p(input: Value) -> Value:
    """log(1 + x), accurate near 0."""
    return np.log1p(input)


@log1p.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad / conjugate(input + 1)


@op(samples=_POSITIVE, meeting="float", inplace=True)
def sqrt(input: Value) -> Value:
    """The square root of each element; nan below 0."""
    return np.sqrt(input)


@sqrt.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad / conjugate(out * 2)


@op(samples=_POSITIVE, meeting="float", inplace=True)
def rsqrt(input: Value) -> Value:
    """1 / sqrt(x)."""
    return 1 / np.sqrt(input)


@rsqrt.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * -0.5 * conjugate(out * out * out)


_SUMS = [sample(floats(3, 4), floats(4)), sample(floats(3, low=-500.0, high=500.0), floats(3))]


@op(
    samples=[*_SUMS, sample(complexes(3), complexes(3))],
    explain=explain_broadcast,
    tensors=("input", "other"),
)
def logaddexp(input: Value, other: Value) -> Value:
    """log(e^input + e^other), without overflow."""
    if np.result_type(input, other).kind != "c":
        return np.logaddexp(input, other)
    first = np.real(input) >= np.real(other)
    high: Any = np.where(first, input, other)
    low: Any = np.where(first, other, input)
    return np.where(high == low, high + math.log(2), high + np.log1p(np.exp(low - high)))


@op(samples=_SUMS, explain=explain_broadcast, tensors=("input", "other"))
def logaddexp2(input: Value, other: Value) -> Value:
    """log2(2^input + 2^other), without overflow."""
    return np.logaddexp2(input, other)


@logaddexp.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad / conjugate(1 + exp(other - input))


@logaddexp.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad / conjugate(1 + exp(input - other))


@logaddexp2.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad / (1 + exp2(other - input))


@logaddexp2.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad / (1 + exp2(input - other))
