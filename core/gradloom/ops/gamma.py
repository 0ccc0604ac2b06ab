"""The gamma function's logarithm and its derivatives, element by element."""

from __future__ import annotations

from gradloom.kernels import gamma
from gradloom.ops.op import Value, composite, op
from gradloom.ops.operand import Operand
from gradloom.ops.sample import floats, sample


@op(
    samples=[sample(floats(3, 4, low=0.1, high=6)), sample(floats(3, low=-1.9, high=-1.1))],
    meeting="float",
    inplace=True,
)
def lgamma(input: Value) -> Value:
    """The logarithm of the absolute value of the gamma function."""
    return gamma.lgamma(input)


@lgamma.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * digamma(input)


@op(
    samples=[sample(floats(3, 4, low=0.1, high=6)), sample(floats(3, low=-1.9, high=-1.1))],
    meeting="float",
    inplace=True,
)
def digamma(input: Value) -> Value:
    """The derivative of `lgamma`."""
    return gamma.digamma(input)


@digamma.gradient("input")
def _(grad: Value, input: Value) -> Value:
    return grad * polygamma_of(input, 1)


@op(samples=[sample(floats(3, 4, low=0.3, high=6), 2)], meeting="float", method=False)
def polygamma_of(input: Value, n: int) -> Value:
    """`polygamma`, with the order behind the input."""
    return gamma.polygamma(n, input)


@polygamma_of.gradient("input")
def _(grad: Value, input: Value, n: int) -> Value:
    return grad * polygamma_of(input, n + 1)


@composite(samples=[sample(1, floats(3, 4, low=0.3, high=6)), sample(2, floats(3, low=0.3))], method=False)
def polygamma(n: int, input: Value) -> Value:
    """The n-th derivative of `digamma`.

    RuntimeError if n is negative.
    """
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return polygamma_of(input, n)


def _of_order(self: Operand, n: int) -> Value:
    """The n-th derivative of `digamma`."""
    return polygamma(n, self)


Operand.bind("polygamma", _of_order)
