"""Short convolutions with fewer products than their definition has.

All outputs of one tile come from few products: with matrices A, G and B, of values d that the tile reaches
and a window g,

    A [(G g) * (B d)]

along one dimension, and A [(G g G') * (B d B')] A' along two (Winograd, "Arithmetic complexity of
computations", 1980, chapter III; Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016).
Exchanging roles gives the window's gradient: G' [(A' y A) * (B d B')] G, where y are the gradients of the
tile's outputs.

Polynomials of values and of windows are evaluated at a few points, multiplied there, and interpolated. Which
points decides how much rounding grows. At stride s each of the s phases of the window is a convolution of
its own; their products stand one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

Matrix = tuple[tuple[Fraction, ...], ...]

_ZERO, _ONE, _LOW, _HIGH = Fraction(0), Fraction(1), Fraction(5, 8), Fraction(3, 2)
_POINTS = {
    2: (_ZERO, _ONE),
    3: (_ZERO, _ONE, -_ONE),
    4: (_ZERO, _LOW, _HIGH, -_ONE),
    5: (_ZERO, _LOW, -_LOW, _HIGH, -_HIGH),
}
"""Besides infinity, by their number. Five with half the error of 0, 1, -1, 2, -2; exact in float32."""


class Scheme(NamedTuple):
    """Along one dimension.

    Attributes:
        sums: A, to the outputs of a tile.
        window: G.
        values: B.
        step: between the values of a tile and of the next.
        before: values of the first tile that lie before the first value.
    """

    sums: Matrix
    window: Matrix
    values: Matrix
    step: int
    before: int


def forward(taps: int, stride: int, outs: int) -> Scheme:
    """Outputs y[j] = sum over k of g[k] d[stride * j + k], of which a tile has `outs`."""
    span = stride * (outs - 1) + taps
    parts = [
        _Part(range(outs), range(phase, taps, stride), range(phase, span, stride))
        for phase in range(min(stride, taps))
    ]
    return Scheme(*_joined(parts, outs, taps, span), outs * stride, 0)


def backward(taps: int, stride: int, outs: int, padding: int) -> Scheme:
    """Outputs y[i] = sum over k of g[k] d[j - k // stride], where i + padding = j * stride + k % stride."""
    phases = [
        ([out for out in range(outs) if (out + padding - phase) % stride == 0], range(phase, taps, stride))
        for phase in range(min(stride, taps))
    ]
    firsts = [(at[0] + padding) // stride - len(places) + 1 for at, places in phases]
    before = -min(firsts)
    parts = [
        _Part(at, places[::-1], range(first + before, first + before + len(at) + len(places) - 1))
        for (at, places), first in zip(phases, firsts, strict=True)
    ]
    span = max(part.values.stop for part in parts)
    return Scheme(*_joined(parts, outs, taps, span), outs // stride, before)


class _Part(NamedTuple):
    """The outputs, the window's places and the values of one phase."""

    outs: Sequence[int]
    places: Sequence[int]
    values: range


def _joined(parts: Sequence[_Part], outs: int, taps: int, span: int) -> tuple[Matrix, Matrix, Matrix]:
    sums, window, values = [], [], []
    for part in parts:
        own_sums, own_window, own_values = _short(len(part.outs), len(part.places))
        sums += _spread(transposed(own_sums), part.outs, outs)
        window += _spread(own_window, part.places, taps)
        values += _spread(own_values, part.values, span)
    return transposed(tuple(sums)), tuple(window), tuple(values)


def _spread(rows: Matrix, at: Sequence[int], size: int) -> list[tuple[Fraction, ...]]:
    """Rows of `size` numbers with what is given at these places."""
    return [
        tuple([dict(zip(at, row, strict=False)).get(place, _ZERO) for place in range(size)]) for row in rows
    ]


def _short(outs: int, taps: int) -> tuple[Matrix, Matrix, Matrix]:
    """A, G and B of y[j] = sum over k of g[k] d[j + k]."""
    if taps == 1:
        ones = tuple([tuple([Fraction(i == j) for j in range(outs)]) for i in range(outs)])
        return ones, ((_ONE,),) * outs, ones
    points = _POINTS[outs + taps - 2]
    others = [[other for other in points if other != point] for point in points]
    scales = [
        reduce(lambda total, other: total * (point - other), rest, _ONE)
        for point, rest in zip(points, others, strict=True)
    ]
    sums = [tuple([point**j for j in range(outs)]) for point in points]
    window = [
        tuple([point**k / scale for k in range(taps)]) for point, scale in zip(points, scales, strict=True)
    ]
    values = [(*_polynomial(rest), _ZERO) for rest in others]
    # At infinity only the highest power counts.
    sums.append((_ZERO,) * (outs - 1) + (_ONE,))
    window.append((_ZERO,) * (taps - 1) + (_ONE,))
    values.append(_polynomial(points))
    return transposed(tuple(sums)), tuple(window), tuple(values)


def _polynomial(roots: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """The factors of the powers of x, from the lowest on, in the product of x - root."""
    factors = [_ONE]
    for root in roots:
        factors = [low - root * high for low, high in zip([_ZERO, *factors], [*factors, _ZERO], strict=True)]
    return tuple(factors)


def transposed(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))
