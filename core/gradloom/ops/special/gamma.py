"""The gamma function and its relatives, element by element."""

from __future__ import annotations

import math

from gradloom.kernels import gamma as kernel
from gradloom.ops.op import Value, composite, op
from gradloom.ops.operand import Operand
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import explain_broadcast

_ABOVE_0 = [sample(floats(3, 4, low=0.2, high=6.0))]
_BELOW_0 = sample(floats(4, low=-1.9, high=-1.1))


@op(samples=[*_ABOVE_0, _BELOW_0], meeting="float", inplace=True)
def lgamma(input: Value) -> Value:
    """The logarithm of the absolute value of the gamma function; inf at its poles 0, -1, -2, ..."""
    return kernel.lgamma(input)


@lgamma.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * digamma(input)


@op(samples=[*_ABOVE_0, _BELOW_0], meeting="float", inplace=True)
def digamma(input: Value) -> Value:
    """The derivative of `lgamma`; nan at the poles -1, -2, ..., infinite at 0."""
    return kernel.digamma(input)


@digamma.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * polygamma(1, input)


@op(
    samples=[sample(n, floats(3, low=0.2, high=6.0)) for n in (0, 1, 2)],
    meeting="float",
    meets=("input",),
    method=False,
)
def polygamma(n: int, input: Value) -> Value:
    """The derivative of order `n` of `digamma`."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return kernel.polygamma(n, input)


@polygamma.gradient("input")
def _(grad: Value, n: int, input: Value) -> Value:
    return grad * polygamma(n + 1, input)


def _polygamma_method(self: Operand, n: int) -> Value:
    """The derivative of order `n` of `digamma`."""
    return polygamma(n, self)


def _polygamma_inplace(self: Operand, n: int) -> Value:
    """`polygamma`, written into the tensor itself."""
    return self.overwrite(polygamma(n, self.clone()))


Operand.bind("polygamma", _polygamma_method)
Operand.bind("polygamma_", _polygamma_inplace)


@composite(samples=[sample(floats(3, low=1.2, high=5.0), 3)], inplace=True)
def mvlgamma(input: Value, p: int) -> Value:
    """The logarithm of the gamma function of dimension `p` (DLMF 35.3.4).

    p (p - 1) / 4 log(pi) plus the sum of lgamma(input - j / 2) for j = 0 ... p - 1.
    """
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    total = lgamma(input)
    for step in range(1, p):
        total = total + lgamma(input - step / 2)
    return total + p * (p - 1) / 4 * math.log(math.pi)


@op(
    samples=[sample(2.5, floats(3, low=0.3, high=5.0))],
    meeting="float",
    explain=explain_broadcast,
    method=False,
)
def zeta(input: Value, other: Value) -> Value:
    """Hurwitz's zeta function: the sum over k >= 0 of (k + other)^-input. No gradient to `input`."""
    return kernel.zeta(input, other)


@zeta.gradient("other")
def _(grad: Value, input: Value, other: Value) -> Value:
    return grad * -input * zeta(input + 1, other)
