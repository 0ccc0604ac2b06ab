"""The incomplete gamma functions, element by element."""

from __future__ import annotations

import numpy as np

from gradloom.kernels import incomplete_gamma as kernel
from gradloom.ops.elementwise.exponential import exp, log
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import explain_broadcast
from gradloom.ops.special.gamma import lgamma

_INCOMPLETE = [
    sample(np.array(2.5), floats(3, 4, low=0.2, high=8.0)),
    sample(np.array([70.0, 80.0]), floats(2, low=70.0, high=90.0)),
]


@op(samples=_INCOMPLETE, meeting="float", explain=explain_broadcast, inplace=True, tensors=("input", "other"))
def igamma(input: Value, other: Value) -> Value:
    """The regularized lower incomplete gamma function of order `input` up to `other` (DLMF 8.2.4)."""
    return kernel.gammainc(input, other)


@op(samples=_INCOMPLETE, meeting="float", explain=explain_broadcast, inplace=True, tensors=("input", "other"))
def igammac(input: Value, other: Value) -> Value:
    """The regularized upper incomplete gamma function: 1 - igamma(input, other)."""
    return kernel.gammaincc(input, other)


def _density(input: Value, other: Value) -> Value:
    return exp((input - 1) * log(other) - other - lgamma(input))


@igamma.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * kernel.slope(raw(input), raw(other))


@igammac.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return -grad * kernel.slope(raw(input), raw(other))


@igamma.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * _density(input, other)


@igammac.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return -grad * _density(input, other)
