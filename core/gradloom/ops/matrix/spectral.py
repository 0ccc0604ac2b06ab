"""Singular values and eigenvalues, over batches of matrices in the last two dims.

Derivatives: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); for the complex SVD Wan and Zhang, arXiv:1909.02659.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import factorization as kernel
from gradloom.ops.elementwise.complex import conjugate, real
from gradloom.ops.matrix.matrices import (
    ctranspose,
    diagonal_of,
    embedded,
    numeric,
    of_matrices,
    of_squares,
)
from gradloom.ops.matrix.solving import solve_system
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import complexes, floats, sample

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
