"""Linear systems: solving them, inverses and determinants, over batches of matrices in the last two dims.

Derivatives: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008), sections 2.2 and 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import factorization as kernel
from gradloom.ops.elementwise.complex import complex as complex_of
from gradloom.ops.elementwise.complex import conjugate, imag
from gradloom.ops.elementwise.exponential import log
from gradloom.ops.matrix.matrices import ctranspose, lower, numeric, of_matrices, of_squares, unit, upper
from gradloom.ops.movement.selection import where
from gradloom.ops.movement.views import transpose, unsqueeze
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import complexes, floats, sample

SINGULAR = (
    "The diagonal element {} is zero, the inversion could not be completed because the input matrix is "
    "singular."
)


@op(samples=[sample(floats(3, 3)), sample(complexes(2, 3, 3))], returns=("inverse", "info"), method=False)
def linalg_inv_ex(A: Value, check_errors: bool = False) -> tuple[Array, Array]:
    """The inverses of square matrices, and for each the number of its first zero pivot, or 0."""
    of_squares("linalg.inv", A)
    inverses, info = kernel.inverse(A)
    if check_errors:
        kernel.refuse(info, "linalg.inv_ex", SINGULAR)
    return inverses, info


@linalg_inv_ex.gradient("A")
def _(grad: Value, inverse: Value) -> Value:
    return -(ctranspose(inverse) @ grad @ ctranspose(inverse))


@composite(samples=[sample(floats(3, 3)), sample(complexes(2, 3, 3))], method=False)
def linalg_inv(A: Value) -> Value:
    """The inverse of square matrices; LinAlgError if there is none."""
    inverses, info = linalg_inv_ex(A)
    kernel.refuse(raw(info), "linalg.inv", SINGULAR)
    return inverses


@composite(samples=[sample(floats(3, 3))])
def inverse(input: Value) -> Value:
    """The inverse of square matrices; LinAlgError if there is none."""
    return linalg_inv(input)


@op(
    samples=[
        sample(floats(3, 3), floats(3, 2)),
        sample(floats(2, 3, 3), floats(3, 1)),
        sample(complexes(3, 3), complexes(3, 2)),
    ],
    returns=("result", "info"),
    method=False,
)
def solve_system(A: Value, B: Value) -> tuple[Array, Array]:
    """X with A @ X = B for matrices B, and for each A the number of its first zero pivot, or 0."""
    return kernel.solve(A, B)


@solve_system.gradient("A")
def _(grad: Value, A: Value, result: Value) -> Value:
    return -(solve_system(ctranspose(A), grad)[0] @ ctranspose(result))


@solve_system.gradient("B")
def _(grad: Value, A: Value) -> Value:
    return solve_system(ctranspose(A), grad)[0]


def _system(name: str, A: Value, B: Value, left: bool) -> bool:
    """Whether B is a batch of vectors; RuntimeError if the shapes make no system."""
    of_squares(name, A)
    numeric(name, B)
    vectors = B.ndim == 1 or (A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1]))
    if vectors and not left:
        raise RuntimeError(
            f"{name}: Vector broadcasting of the left hand side is not supported for left=False. In this "
            f"case {name} is equivalent to B / A.squeeze(-1)"
        )
    rows, columns = (B.shape[-1], 1) if vectors else B.shape[-2:]
    if A.shape[-1] != (rows if left else columns):
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} "
            f"({A.shape[-2]}x{A.shape[-1]} and {rows}x{columns})"
        )
    return vectors


@composite(samples=[sample(floats(3, 3), floats(3))], method=False)
def linalg_solve_ex(A: Value, B: Value, left: bool = True, check_errors: bool = False) -> tuple[Value, Value]:
    """X with A @ X = B, or X @ A = B, and for each A the number of its first zero pivot, or 0."""
    vectors = _system("linalg.solve", A, B, left)
    if vectors:
        result, info = solve_system(A, unsqueeze(B, -1))
        result = result[..., 0]
    elif left:
        result, info = solve_system(A, B)
    else:
        result, info = solve_system(transpose(A, -2, -1), transpose(B, -2, -1))
        result = transpose(result, -2, -1)
    if check_errors:
        kernel.refuse(
            raw(info), "torch.linalg.solve", "The solver failed because the input matrix is singular."
        )
    return result, info


@composite(
    samples=[
        sample(floats(3, 3), floats(3, 2)),
        sample(floats(3, 3), floats(3)),
        sample(floats(3, 3), floats(2, 3), left=False),
    ],
    method=False,
)
def linalg_solve(A: Value, B: Value, left: bool = True) -> Value:
    """X with A @ X = B, or X @ A = B; B may hold vectors. LinAlgError if A is singular."""
    return linalg_solve_ex(A, B, left, True)[0]


@op(
    samples=[
        sample(floats(3, 3, low=0.5), floats(3, 2), True),
        sample(floats(3, 3, low=0.5), floats(2, 3, 2), False),
        sample(complexes(3, 3, low=0.5), complexes(3, 2), False, unitriangular=True),
    ],
    method=False,
)
def substitute(A: Value, B: Value, upper: bool, unitriangular: bool = False) -> Value:
    """X with A @ X = B where A is triangular; the other triangle, and a unit diagonal, are not read."""
    return kernel.solve_triangular(A, B, upper, unitriangular)


@substitute.gradient("A")
def _(grad: Value, A: Value, out: Value, upper: bool, unitriangular: bool) -> Value:
    whole = -(substitute(ctranspose(A), grad, not upper, unitriangular) @ ctranspose(out))
    return _triangle(whole, upper, unitriangular)


@substitute.gradient("B")
def _(grad: Value, A: Value, upper: bool, unitriangular: bool) -> Value:
    return substitute(ctranspose(A), grad, not upper, unitriangular)


def _triangle(matrix: Value, is_upper: bool, without_diagonal: bool) -> Value:
    skipped = int(without_diagonal)
    return upper(matrix, skipped) if is_upper else lower(matrix, -skipped)


@composite(samples=[sample(floats(3, 3, low=0.5), floats(3, 2), upper=True)], method=False)
def linalg_solve_triangular(
    A: Value, B: Value, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Value:
    """X with A @ X = B, or X @ A = B, where A is triangular; the other triangle is not read."""
    name = "linalg.solve_triangular"
    of_squares(name, A)
    of_matrices(name, B, "B")
    rows, columns = B.shape[-2:]
    if A.shape[-1] != (rows if left else columns):
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} "
            f"({A.shape[-2]}x{A.shape[-1]} and {rows}x{columns})"
        )
    if left:
        return substitute(A, B, upper, unitriangular)
    turned = substitute(transpose(A, -2, -1), transpose(B, -2, -1), not upper, unitriangular)
    return transpose(turned, -2, -1)


def over(U: Value, matrix: Value) -> Value:
    """matrix @ U^-H for an upper triangular U."""
    return ctranspose(substitute(U, ctranspose(matrix), True))


@composite(samples=[sample(floats(3, 2), floats(3, 3, low=0.5))])
def triangular_solve(
    b: Value, A: Value, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> tuple[Value, Value]:
    """X with A @ X = b, or A^T @ X = b, where A is triangular, and A."""
    turned = A if not transpose else A.swapaxes(-2, -1)
    return substitute(turned, b, upper != transpose, unitriangular), A


@op(samples=[sample(floats(3, 3)), sample(floats(2, 2, 2)), sample(complexes(3, 3))], method=False)
def linalg_det(A: Value) -> Value:
    """The determinant of square matrices."""
    of_squares("linalg.det", A)
    return np.linalg.det(A)


@linalg_det.gradient("A")
def _(grad: Value, A: Value, out: Value) -> Value:
    if np.all(raw(out) != 0):
        return (grad * conjugate(out))[..., None, None] * ctranspose(linalg_inv_ex(A)[0])
    return grad[..., None, None] * ctranspose(_adjugate(A))


def _adjugate(A: Value) -> Value:
    """The transposed cofactors, by the singular values, for matrices that may have no inverse."""
    from gradloom.ops.matrix.spectral import linalg_svd  # that family needs this one

    U, S, Vh = linalg_svd(A, False)
    others = (S[..., None, :] * (1 - unit(A).real) + unit(A).real).prod(-1)
    turn = linalg_det(U) * linalg_det(Vh)
    return turn[..., None, None] * (ctranspose(Vh) * others[..., None, :]) @ ctranspose(U)


@op(samples=[sample(floats(3, 3)), sample(complexes(2, 3, 3))], returns=("sign", "logabsdet"), method=False)
def linalg_slogdet(A: Value) -> tuple[Array, Array]:
    """The determinant as its sign, or phase, and the logarithm of its absolute value."""
    of_squares("linalg.slogdet", A)
    sign, logabsdet = np.linalg.slogdet(A)
    return np.asarray(sign), np.asarray(logabsdet)


@linalg_slogdet.gradient("A")
def _(grads: Sequence[Value], A: Value, sign: Value) -> Value:
    of_sign, of_log = grads
    weight = of_log if of_log is not None else raw(sign).real * 0
    if raw(A).dtype.kind == "c" and of_sign is not None:
        # The phase turns by the imaginary part of tr(A^-1 dA), the logarithm grows by its real part.
        weight = complex_of(weight, -imag(conjugate(of_sign) * sign))
    return weight[..., None, None] * ctranspose(linalg_inv_ex(A)[0])


@composite(samples=[sample(floats(3, 3))])
def det(input: Value) -> Value:
    """The determinant of square matrices."""
    return linalg_det(input)


@composite(samples=[sample(floats(3, 3))])
def slogdet(input: Value) -> Any:
    """The determinant as its sign and the logarithm of its absolute value."""
    return linalg_slogdet(input)


@composite(samples=[sample(floats(3, 3))])
def logdet(input: Value) -> Value:
    """The logarithm of the determinant; nan where that is negative."""
    sign, logabsdet = linalg_slogdet(input)
    if raw(sign).dtype.kind == "c":
        return log(sign) + logabsdet
    return where(raw(sign) < 0, float("nan"), logabsdet)
