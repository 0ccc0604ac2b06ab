"""The error function and its relatives, element by element."""

from __future__ import annotations

import math

from gradloom.kernels.erf import erf as erf_kernel
from gradloom.ops.exponential import exp
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample


@op(samples=[sample(floats(3, 4))], meeting="float", inplace=True)
def erf(input: Value) -> Value:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return erf_kernel(input)


@erf.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * exp(-(input * input)) * (2 / math.sqrt(math.pi))
