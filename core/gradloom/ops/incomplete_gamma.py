"""The incomplete gamma functions, element by element."""

from __future__ import annotations

import numpy as np

from gradloom.kernels.incomplete_gamma import gammainc as kernel
from gradloom.kernels.incomplete_gamma import slope
from gradloom.ops.exponential import exp, log
from gradloom.ops.gamma import lgamma
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample


@op(samples=[sample(np.array([0.5, 1.5, 4.0]), floats(2, 3, low=0.2, high=6))], meeting="float", method=False)
def gammainc(input: Value, other: Value) -> Value:
    """The regularized lower incomplete gamma function of `other`, with the parameter `input`."""
    return kernel(input, other).astype(np.result_type(input, other))


@gammainc.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * slope(raw(input), raw(other))


@gammainc.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * exp((input - 1) * log(other) - other - lgamma(input))


@op(samples=[sample(np.array([0.5, 1.5, 4.0]), floats(2, 3, low=0.2, high=6))], meeting="float", method=False)
def gammaincc(input: Value, other: Value) -> Value:
    """The regularized upper incomplete gamma function: 1 - gammainc."""
    return (1 - kernel(input, other)).astype(np.result_type(input, other))


@gammaincc.gradient("input")
def _(grad: Value, input: Value, other: Value) -> Value:
    return -grad * slope(raw(input), raw(other))


@gammaincc.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return -grad * exp((input - 1) * log(other) - other - lgamma(input))
