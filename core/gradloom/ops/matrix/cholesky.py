"""Cholesky's factorization, over batches of matrices in the last two dims.

Derivative: I. Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527.
"""

from __future__ import annotations

from typing import Any

from gradloom.dtypes import Array
from gradloom.kernels import factorization as kernel
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.matrix.matrices import (
    ctranspose,
    diagonal_of,
    embedded,
    lower,
    of_squares,
    unit,
)
from gradloom.ops.matrix.solving import substitute
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, sample

NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor "
    "of order {} is not positive-definite)."
)


@op(samples=[sample(floats(0, 0))], returns=("L", "info"), method=False)
def cholesky_factor(A: Value) -> tuple[Array, Array]:
    """The lower factor of Hermitian positive matrices, whose lower triangle is read, and what failed."""
    of_squares("linalg.cholesky", A)
    return kernel.cholesky(A)


@cholesky_factor.gradient("A")
def _(grad: Value, L: Value) -> Value:
    # Murray, equation 10, with both halves of the symmetric product taken together.
    product = lower(ctranspose(L) @ grad)
    halves = (product + ctranspose(product) - embedded(conjugate(diagonal_of(product)))) * 0.5
    left = substitute(ctranspose(L), halves, True)
    return ctranspose(substitute(ctranspose(L), ctranspose(left), True))


@composite(samples=[sample(floats(0, 0))], method=False)
def linalg_cholesky_ex(A: Value, *, upper: bool = False, check_errors: bool = False) -> Any:
    """The Cholesky factor, and for each the order of its first leading minor that is not positive, or 0."""
    L, info = cholesky_factor(A)
    if check_errors:
        kernel.refuse(raw(info), "linalg.cholesky", NOT_POSITIVE)
    return cholesky_factor.result_type(ctranspose(L) if upper else L, info)


@composite(samples=[sample(floats(0, 0))], method=False)
def linalg_cholesky(A: Value, *, upper: bool = False) -> Value:
    """The lower (or upper) Cholesky factor of Hermitian positive-definite matrices, or LinAlgError."""
    return linalg_cholesky_ex(A, upper=upper, check_errors=True)[0]


@composite(samples=[sample(floats(0, 0))])
def cholesky(input: Value, upper: bool = False) -> Value:
    """The lower (or upper) Cholesky factor of Hermitian positive-definite matrices, or LinAlgError."""
    return linalg_cholesky(input, upper=upper)


# The gradients below are those of a triangular L, which finite differences do not respect.


@op(samples=[sample(floats(0, 2), floats(0, 0))])
def cholesky_solve(input: Value, L: Value, upper: bool = False) -> Value:
    """X with A @ X = input, for the Cholesky factor L of A."""
    low = ctranspose(L) if upper else L
    return substitute(ctranspose(low), substitute(low, input, False), True)


@cholesky_solve.gradient("input")
def _(grad: Value, L: Value, upper: bool) -> Value:
    return cholesky_solve(grad, L, upper)


@cholesky_solve.gradient("L")
def _(grad: Value, L: Value, out: Value, upper: bool) -> Value:
    half = cholesky_solve(grad, L, upper) @ ctranspose(out)
    whole = half + ctranspose(half)
    return -(L @ whole) if upper else -(whole @ L)


@op(samples=[sample(floats(0, 0))])
def cholesky_inverse(L: Value, upper: bool = False) -> Value:
    """The inverse of A, for its Cholesky factor L."""
    return cholesky_solve(unit(L), L, upper)


@cholesky_inverse.gradient("L")
def _(grad: Value, L: Value, out: Value, upper: bool) -> Value:
    whole = out @ (grad + ctranspose(grad)) @ out
    return -(L @ whole) if upper else -(whole @ L)
