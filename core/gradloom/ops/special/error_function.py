"""The error function and what statistics makes of it, element by element."""

from __future__ import annotations

import math

from gradloom.kernels import erf as kernel
from gradloom.ops.elementwise.exponential import exp
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample

_ANY = [sample(floats(3, 4)), sample(floats(4, low=-6.0, high=6.0))]
_BELL = 2 / math.sqrt(math.pi)


@op(samples=_ANY, meeting="float", inplace=True)
def erf(input: Value) -> Value:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return kernel.erf(input)


@erf.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * exp(-(input * input)) * _BELL


@op(samples=_ANY, meeting="float", inplace=True)
def erfc(input: Value) -> Value:
    """1 - erf(x), accurate where erf is near 1."""
    return kernel.erfc(input)


@erfc.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * exp(-(input * input)) * -_BELL


@op(samples=[sample(floats(3, 4)), sample(floats(4, low=0.0, high=30.0))], meeting="float", method=False)
def erfcx(input: Value) -> Value:
    """exp(x^2) erfc(x), without overflow for large x."""
    return kernel.erfcx(input)


@erfcx.gradient("input")
def _(grad: Value, input: Value, out: Value) -> Value:
    return grad * (input * out * 2 - _BELL)


@op(samples=[sample(floats(3, 4, low=-0.95, high=0.95))], meeting="float", inplace=True)
def erfinv(input: Value) -> Value:
    """Where erf has that value; nan outside [-1, 1]."""
    return kernel.erfinv(input)


@erfinv.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * exp(out * out) / _BELL


@op(samples=_ANY, meeting="float", method=False)
def ndtr(input: Value) -> Value:
    """The standard normal distribution function: erfc(-x / sqrt(2)) / 2."""
    return kernel.erfc(input * -math.sqrt(0.5)) * 0.5


@ndtr.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * exp(input * input * -0.5) * (_BELL * math.sqrt(0.125))


@op(samples=_ANY, meeting="float", method=False)
def log_ndtr(input: Value) -> Value:
    """log(ndtr(x)), also where ndtr vanishes."""
    return kernel.log_ndtr(input)


@log_ndtr.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * (_BELL * math.sqrt(0.5)) / erfcx(input * -math.sqrt(0.5))


@op(samples=[sample(floats(3, 4, low=0.05, high=0.95))], meeting="float", method=False)
def ndtri(input: Value) -> Value:
    """The standard normal quantile: where ndtr has that value; nan outside [0, 1]."""
    return kernel.ndtri(input)


@ndtri.gradient("input")
def _(grad: Value, out: Value) -> Value:
    return grad * exp(out * out * 0.5) * math.sqrt(2 * math.pi)
