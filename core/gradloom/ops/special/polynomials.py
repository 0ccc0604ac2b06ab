"""Orthogonal polynomials: at each element of `input` that of the degree at the same place of `n`.

They have no gradients, and are 0 for negative degrees.
"""

from __future__ import annotations

from typing import Any

from gradloom.kernels.polynomials import First, Step, recurrent
from gradloom.ops.op import Op, Value, op
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import explain_broadcast


def _polynomial(name: str, what: str, first: First, step: Step) -> Op[Any]:
    """The op of a family, from that of degree 1 and the step to the next degree."""
    value = recurrent(first, step)

    def forward(input: Value, n: Value) -> Value:
        return value(input, n)

    forward.__name__, forward.__doc__ = name, what
    samples = [sample(floats(3, 4, low=-0.9, high=0.9), integers(4)), sample(floats(3), 3)]
    return op(samples=samples, meeting="float", explain=explain_broadcast, method=False)(forward)


def _chebyshev(k: int, x: Any, last: Any, before: Any) -> Any:
    return 2 * x * last - before


def _shifted(k: int, x: Any, last: Any, before: Any) -> Any:
    return (4 * x - 2) * last - before


chebyshev_polynomial_t = _polynomial(
    "chebyshev_polynomial_t", "Chebyshev's polynomials of the first kind.", lambda x: x, _chebyshev
)
chebyshev_polynomial_u = _polynomial(
    "chebyshev_polynomial_u", "Chebyshev's polynomials of the second kind.", lambda x: 2 * x, _chebyshev
)
chebyshev_polynomial_v = _polynomial(
    "chebyshev_polynomial_v", "Chebyshev's polynomials of the third kind.", lambda x: 2 * x - 1, _chebyshev
)
chebyshev_polynomial_w = _polynomial(
    "chebyshev_polynomial_w", "Chebyshev's polynomials of the fourth kind.", lambda x: 2 * x + 1, _chebyshev
)
shifted_chebyshev_polynomial_t = _polynomial(
    "shifted_chebyshev_polynomial_t", "Those of the first kind at 2 x - 1.", lambda x: 2 * x - 1, _shifted
)
shifted_chebyshev_polynomial_u = _polynomial(
    "shifted_chebyshev_polynomial_u", "Those of the second kind at 2 x - 1.", lambda x: 4 * x - 2, _shifted
)
shifted_chebyshev_polynomial_v = _polynomial(
    "shifted_chebyshev_polynomial_v", "Those of the third kind at 2 x - 1.", lambda x: 4 * x - 3, _shifted
)
shifted_chebyshev_polynomial_w = _polynomial(
    "shifted_chebyshev_polynomial_w", "Those of the fourth kind at 2 x - 1.", lambda x: 4 * x - 1, _shifted
)
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h",
    "Hermite's polynomials, as in physics.",
    lambda x: 2 * x,
    lambda k, x, last, before: 2 * (x * last - (k - 1) * before),
)
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he",
    "Hermite's polynomials, as in statistics.",
    lambda x: x,
    lambda k, x, last, before: x * last - (k - 1) * before,
)
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l",
    "Laguerre's polynomials.",
    lambda x: 1 - x,
    lambda k, x, last, before: ((2 * k - 1 - x) * last - (k - 1) * before) / k,
)
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p",
    "Legendre's polynomials.",
    lambda x: x,
    lambda k, x, last, before: ((2 * k - 1) * x * last - (k - 1) * before) / k,
)
