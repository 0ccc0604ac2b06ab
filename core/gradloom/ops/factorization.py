"""Factorizations: Cholesky, LU, QR, SVD and eigenvalues, over batches of matrices in the last two dims.

Derivatives: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); for Cholesky I. Murray, arXiv:1602.07527; for QR Walter and Lehmann,
arXiv:1009.6112; for the complex SVD Wan and Zhang, arXiv:1909.02659.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import factorization as kernel
from gradloom.ops.complex import conjugate, real
from gradloom.ops.joining import cat
from gradloom.ops.matrices import (
    ctranspose,
    diagonal_of,
    embedded,
    lower,
    numeric,
    of_matrices,
    of_squares,
    unit,
    upper,
)
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import complexes, floats, integers, sample
from gradloom.ops.solving import solve_system, substitute

NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor "
    "of order {} is not positive-definite)."
)


# Cholesky


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


# LU


def _lu_gradient(grad_l: Value, grad_u: Value, P: Array, L: Value, U: Value) -> Value:
    """The gradient of A = P @ L @ U: the square part, and what lies below or right of it, block by block."""
    m, n = L.shape[-2], U.shape[-1]
    k = min(m, n)
    square_l, square_u = L[..., :k, :], U[..., :, :k]
    rest, axis = None, -1
    if m > k:
        rest, axis = _over(square_u, grad_l[..., k:, :]), -2
        grad_u = grad_u - upper(ctranspose(L[..., k:, :]) @ rest)
    elif n > k:
        rest = substitute(ctranspose(square_l), grad_u[..., :, k:], True, True)
        grad_l = grad_l - lower(rest @ ctranspose(U[..., :, k:]), -1)
    inner = lower(ctranspose(square_l) @ grad_l[..., :k, :], -1) + upper(
        grad_u[..., :, :k] @ ctranspose(square_u)
    )
    core = _over(square_u, substitute(ctranspose(square_l), inner, True, True))
    return P @ (core if rest is None else cat([core, rest], axis))


def _over(U: Value, matrix: Value) -> Value:
    """matrix @ U^-H for an upper triangular U."""
    return ctranspose(substitute(U, ctranspose(matrix), True))


def _or_zeros(grad: Value | None, like: Value) -> Value:
    return np.zeros(tuple(like.shape), raw(like).dtype) if grad is None else grad


_SHAPES = [sample(floats(3, 3)), sample(floats(4, 2)), sample(floats(2, 4)), sample(complexes(2, 3, 3))]


@op(samples=_SHAPES, returns=("P", "L", "U"), constant=("P",), method=False)
def linalg_lu(A: Value, pivot: bool = True) -> tuple[Array, Array, Array]:
    """P, L and U with A = P @ L @ U: a permutation, unit lower triangular, upper triangular."""
    if A.ndim < 2:
        raise RuntimeError(
            f"linalg.lu: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead"
        )
    packed, pivots = kernel.lu(A, pivot)
    P = kernel.permutation(pivots, A.shape[-2], A.real.dtype) if pivot else np.empty(0, A.real.dtype)
    low, up = _unpacked(packed)
    return P.astype(A.dtype), low, up


def _unpacked(packed: Value) -> tuple[Value, Value]:
    m, n = packed.shape[-2:]
    k = min(m, n)
    return lower(packed[..., :, :k], -1) + np.eye(m, k, dtype=raw(packed).dtype), upper(packed[..., :k, :])


@linalg_lu.gradient("A")
def _(grads: Sequence[Value], P: Value, L: Value, U: Value) -> Value:
    permutation = raw(P) if raw(P).ndim > 1 else np.eye(L.shape[-2], dtype=raw(L).dtype)
    return _lu_gradient(_or_zeros(grads[1], L), _or_zeros(grads[2], U), permutation, L, U)


@op(samples=_SHAPES, returns=("LU", "pivots", "info"), method=False)
def linalg_lu_factor_ex(
    A: Value, pivot: bool = True, check_errors: bool = False
) -> tuple[Array, Array, Array]:
    """L and U in one matrix, the row swaps counted from 1, and the number of the first zero pivot, or 0."""
    if A.ndim < 2:
        raise RuntimeError(
            f"torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead"
        )
    packed, pivots = kernel.lu(A, pivot)
    return packed, pivots, kernel.zero_pivots(packed)


@linalg_lu_factor_ex.gradient("A")
def _(grad: Value, LU: Value, pivots: Value) -> Value:
    L, U = _unpacked(LU)
    m, n = LU.shape[-2:]
    k = min(m, n)
    P = kernel.permutation(raw(pivots), m, raw(LU).dtype)
    return _lu_gradient(lower(grad[..., :, :k], -1), upper(grad[..., :k, :]), P, L, U)


@composite(samples=[sample(floats(3, 3))], method=False)
def linalg_lu_factor(A: Value, *, pivot: bool = True) -> tuple[Value, Value]:
    """L and U in one matrix, and the row swaps counted from 1; RuntimeError if a pivot is zero."""
    packed, pivots, info = linalg_lu_factor_ex(A, pivot)
    if np.any(raw(info)):
        failed = np.flatnonzero(raw(info))[0]
        at = np.ravel(raw(info))[failed]
        where = f"(Batch element {failed}): " if raw(info).ndim else ""
        raise RuntimeError(
            f"torch.linalg.lu_factor: {where}U[{at},{at}] is zero and using it on lu_solve would result in a "
            "division by zero. If you still want to perform the factorization, consider calling "
            "linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )
    return packed, pivots


@composite(samples=[sample(floats(3, 3), integers(3, low=3, high=4))], method=False)
def lu_unpack(
    LU_data: Value, LU_pivots: Value, unpack_data: bool = True, unpack_pivots: bool = True
) -> tuple[Value, Value, Value]:
    """P, L and U from what `lu_factor` gives; parts that are not asked for are empty."""
    dtype = raw(LU_data).dtype
    empty = LU_data.new_empty(0)
    L, U = _unpacked(LU_data) if unpack_data else (empty, empty)
    P = empty
    if unpack_pivots:
        P = LU_data.new_tensor(kernel.permutation(raw(LU_pivots), LU_data.shape[-2], dtype))
    return P, L, U


@composite(samples=[sample(floats(3, 3, low=0.5), integers(3, low=3, high=4), floats(3, 2))], method=False)
def linalg_lu_solve(LU: Value, pivots: Value, B: Value, *, left: bool = True, adjoint: bool = False) -> Value:
    """X with A @ X = B, X @ A = B, or the same for A^H, from what `lu_factor` gives for A."""
    P = kernel.permutation(raw(pivots), LU.shape[-2], raw(LU).dtype)
    if not left:
        turned = linalg_lu_solve(LU, pivots, ctranspose(B), adjoint=not adjoint)
        return ctranspose(turned)
    if adjoint:
        inner = substitute(ctranspose(LU), B, False)
        return P @ substitute(ctranspose(LU), inner, True, True)
    return substitute(LU, substitute(LU, np.swapaxes(P, -2, -1) @ B, False, True), True)


@composite(samples=[sample(floats(3, 2), floats(3, 3, low=0.5), integers(3, low=3, high=4))])
def lu_solve(b: Value, LU_data: Value, LU_pivots: Value) -> Value:
    """X with A @ X = b, from what `lu_factor` gives for A."""
    return linalg_lu_solve(LU_data, LU_pivots, b)


# QR


@op(
    samples=[sample(floats(4, 3)), sample(floats(3, 3)), sample(floats(2, 4)), sample(complexes(2, 4, 3))],
    returns=("Q", "R"),
    method=False,
)
def linalg_qr(A: Value, mode: str = "reduced") -> tuple[Array, Array]:
    """Q with orthonormal columns and upper triangular R with A = Q @ R.

    Args:
        A: (..., m, n).
        mode: "reduced" for k = min(m, n) columns of Q, "complete" for all m, "r" for no Q.
    """
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or "
            "'complete'"
        )
    of_matrices("linalg.qr", A)
    numeric("linalg.qr", A)
    if mode == "r":
        return np.empty(0, A.dtype), np.asarray(np.linalg.qr(A, "r"))
    return tuple(np.linalg.qr(A, mode))  # type: ignore[call-overload]


@linalg_qr.gradient("A")
def _(grads: Sequence[Value], Q: Value, R: Value, mode: str) -> Value:
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to backpropagate through linalg.qr."
        )
    m, n = Q.shape[-2], R.shape[-1]
    if mode == "complete" and m > n:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols."
        )
    grad_q, grad_r = _or_zeros(grads[0], Q), _or_zeros(grads[1], R)
    if m >= n:
        return _qr_gradient(grad_q, grad_r, Q, R)
    # A = [X, Y] with a square X = Q @ U, and R = [U, Q^H @ Y].
    right = Q @ R[..., :, m:]
    grad_x = _qr_gradient(
        grad_q + right @ ctranspose(grad_r[..., :, m:]), grad_r[..., :, :m], Q, R[..., :, :m]
    )
    return cat([grad_x, Q @ grad_r[..., :, m:]], -1)


def _qr_gradient(grad_q: Value, grad_r: Value, Q: Value, R: Value) -> Value:
    """The gradient where A has no more columns than rows."""
    inner = upper(grad_r @ ctranspose(R) - ctranspose(Q) @ grad_q)
    mirrored = inner + ctranspose(inner) - embedded(real(diagonal_of(inner)))
    return _over(R, grad_q + Q @ mirrored)


@composite(samples=[sample(floats(4, 3))])
def qr(input: Value, some: bool = True) -> Any:
    """Q and R with input = Q @ R, as `linalg.qr`; all columns of Q unless `some`."""
    return linalg_qr(input, "reduced" if some else "complete")


# Singular values

svd_result = namedtuple("svd_result", ("U", "S", "V"))  # noqa: PYI024 - PyTorch's fields


@op(
    samples=[sample(floats(0, 0))],
    returns=("U", "S", "Vh"),
    method=False,
)
def linalg_svd(A: Value, full_matrices: bool = True, driver: str | None = None) -> tuple[Array, Array, Array]:
    """U, S and Vh with A = U @ diag(S) @ Vh, singular values in descending order.

    Args:
        A: (..., m, n).
        full_matrices: all m columns of U and n rows of Vh, or the first min(m, n).
        driver: accepted; there is one.

    LinAlgError if A is not finite. The gradient holds for distinct singular values.
    """
    of_matrices("linalg.svd", A)
    numeric("linalg.svd", A)
    try:
        U, S, Vh = np.linalg.svd(A, full_matrices)
    except np.linalg.LinAlgError:
        raise kernel.LinAlgError(
            "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite "
            "values."
        ) from None
    return U, S, Vh


@linalg_svd.gradient("A")
def _(grads: Sequence[Value], U: Value, S: Value, Vh: Value) -> Value:
    k = S.shape[-1]
    grad_u, grad_s, grad_vh = grads
    U, Vh = U[..., :, :k], Vh[..., :k, :]
    if grad_u is None and grad_vh is None:
        return (U * grad_s[..., None, :]) @ Vh
    inner = _svd_core(
        None if grad_u is None else grad_u[..., :, :k],
        grad_s,
        None if grad_vh is None else grad_vh[..., :k, :],
        U,
        S,
        Vh,
    )
    whole = U @ inner
    if grad_u is not None and U.shape[-2] > k:
        scaled = grad_u[..., :, :k] / S[..., None, :]
        whole = whole + scaled - U @ (ctranspose(U) @ scaled)
    whole = whole @ Vh
    if grad_vh is not None and Vh.shape[-1] > k:
        scaled = grad_vh[..., :k, :] / S[..., :, None]
        whole = whole + U @ (scaled - (scaled @ ctranspose(Vh)) @ Vh)
    return whole


def _svd_core(grad_u: Value, grad_s: Value, grad_vh: Value, U: Value, S: Value, Vh: Value) -> Value:
    """The gradient between U and Vh: what turns the singular vectors, and what stretches."""
    squares = S * S
    gaps = squares[..., None, :] - squares[..., :, None] + np.eye(S.shape[-1], dtype=raw(S).dtype)
    core: Any = 0
    turn_u = None if grad_u is None else _skew(ctranspose(U) @ grad_u)
    turn_v = None if grad_vh is None else _skew(Vh @ ctranspose(grad_vh))
    if turn_u is not None:
        core = core + (turn_u / gaps) * S[..., None, :]
    if turn_v is not None:
        core = core + S[..., :, None] * (turn_v / gaps)
    if grad_s is not None:
        core = core + embedded(grad_s)
    if turn_u is not None and turn_v is not None and raw(U).dtype.kind == "c":
        core = core + embedded(diagonal_of(turn_u) / (S * 2))
    return core


def _skew(matrix: Value) -> Value:
    return matrix - ctranspose(matrix)


@composite(samples=[sample(floats(4, 3)), sample(complexes(2, 3, 3))], method=False)
def linalg_svdvals(A: Value, *, driver: str | None = None) -> Value:
    """The singular values in descending order."""
    return linalg_svd(A, False)[1]


@composite(samples=[sample(floats(0, 0))])
def svd(input: Value, some: bool = True, compute_uv: bool = True) -> Any:
    """U, S and V with input = U @ diag(S) @ V^H; without `compute_uv` U and V are zeros."""
    U, S, Vh = linalg_svd(input, not some)
    if not compute_uv:
        m, n = input.shape[-2:]
        return svd_result(
            input.new_zeros(*input.shape[:-2], m, m), S, input.new_zeros(*input.shape[:-2], n, n)
        )
    return svd_result(U, S, ctranspose(Vh))


# Eigenvalues


@op(samples=[sample(floats(0, 0))], returns=("eigenvalues", "eigenvectors"), method=False)
def linalg_eigh(A: Value, UPLO: str = "L") -> tuple[Array, Array]:
    """Eigenvalues, real and ascending, and eigenvectors of Hermitian matrices, of which one triangle is read.

    The gradient holds for distinct eigenvalues.
    """
    of_squares("linalg.eigh", A)
    _check_triangle(UPLO)
    values, vectors = np.linalg.eigh(A, UPLO.upper())  # type: ignore[call-overload]
    return values, vectors


def _check_triangle(UPLO: str) -> None:
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")


@linalg_eigh.gradient("A")
def _(grads: Sequence[Value], eigenvalues: Value, eigenvectors: Value) -> Value:
    of_values, of_vectors = grads
    if of_vectors is None:
        return (eigenvectors * of_values[..., None, :]) @ ctranspose(eigenvectors)
    identity = np.eye(eigenvalues.shape[-1], dtype=raw(eigenvalues).dtype)
    gaps = eigenvalues[..., None, :] - eigenvalues[..., :, None] + identity
    # Eigenvectors can only turn, so only the skew part counts.
    inner = _skew(ctranspose(eigenvectors) @ of_vectors) * 0.5 / gaps
    if of_values is not None:
        inner = inner + embedded(of_values)
    return eigenvectors @ inner @ ctranspose(eigenvectors)


@composite(samples=[sample(floats(0, 0))], method=False)
def linalg_eigvalsh(A: Value, UPLO: str = "L") -> Value:
    """The eigenvalues of Hermitian matrices in ascending order."""
    return linalg_eigh(A, UPLO)[0]


@op(samples=[sample(floats(0, 0))], returns=("eigenvalues", "eigenvectors"), method=False)
def linalg_eig(A: Value) -> tuple[Array, Array]:
    """Eigenvalues and eigenvectors of square matrices, always complex."""
    of_squares("linalg.eig", A)
    if not np.isfinite(A).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    values, vectors = np.linalg.eig(A)
    kind = np.result_type(A, np.complex64)
    return values.astype(kind), vectors.astype(kind)


@linalg_eig.gradient("A")
def _(grads: Sequence[Value], eigenvalues: Value, eigenvectors: Value) -> Value:
    of_values, of_vectors = grads
    adjoined = ctranspose(eigenvectors)
    if of_vectors is None:
        return solve_system(adjoined, of_values[..., :, None] * adjoined)[0]
    identity = np.eye(eigenvalues.shape[-1], dtype=raw(eigenvalues).dtype)
    gaps = conjugate(eigenvalues[..., None, :] - eigenvalues[..., :, None]) + identity
    product = adjoined @ of_vectors
    # LAPACK's eigenvectors have length 1, which takes this part out.
    product = product - adjoined @ (eigenvectors * real(diagonal_of(product))[..., None, :])
    inner = product / gaps * (1 - identity)
    if of_values is not None:
        inner = inner + embedded(of_values)
    return solve_system(adjoined, inner @ adjoined)[0]


@composite(samples=[sample(floats(0, 0))], method=False)
def linalg_eigvals(A: Value) -> Value:
    """The eigenvalues of square matrices, always complex."""
    return linalg_eig(A)[0]


# Householder's reflections


@op(samples=[sample(floats(4, 3))], returns=("a", "tau"))
def geqrf(input: Value) -> tuple[Array, Array]:
    """The QR of matrices as LAPACK leaves it: R above, the reflections' vectors below, and their factors."""
    h, tau = np.linalg.qr(input, "raw")
    return np.ascontiguousarray(np.swapaxes(h, -2, -1)), tau


@composite(samples=[sample(floats(4, 3), floats(3))], method=False)
def linalg_householder_product(A: Value, tau: Value) -> Value:
    """The first n columns of the product of the reflections I - tau v v^H, v standing below A's diagonal."""
    m, n = A.shape[-2:]
    product = A * 0 + np.eye(m, n, dtype=raw(A).dtype)
    vectors = lower(A, -1) + np.eye(m, n, dtype=raw(A).dtype)
    for k in range(tau.shape[-1] - 1, -1, -1):
        v = vectors[..., :, k, None]
        product = product - tau[..., k, None, None] * v @ (ctranspose(v) @ product)
    return product


@composite(samples=[sample(floats(4, 3), floats(3))])
def orgqr(input: Value, tau: Value) -> Value:
    """The same as `linalg.householder_product`."""
    return linalg_householder_product(input, tau)


@composite(samples=[sample(floats(4, 3), floats(3), floats(4, 2))])
def ormqr(input: Value, tau: Value, other: Value, left: bool = True, transpose: bool = False) -> Value:
    """Q @ other, other @ Q, or the same with Q^H, for the product Q of the reflections in `input`."""
    if not left:
        return ctranspose(ormqr(input, tau, ctranspose(other), True, not transpose))
    count = tau.shape[-1]
    m, n = input.shape[-2:]
    vectors = lower(input, -1) + np.eye(m, n, dtype=raw(input).dtype)
    for k in range(count) if transpose else range(count - 1, -1, -1):
        v = vectors[..., :, k, None]
        factor = conjugate(tau[..., k]) if transpose else tau[..., k]
        other = other - factor[..., None, None] * v @ (ctranspose(v) @ other)
    return other
