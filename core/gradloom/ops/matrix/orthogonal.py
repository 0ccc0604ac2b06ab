"""QR factorization and Householder's reflections, over batches of matrices in the last two dims.

Derivative: S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions",
arXiv:1001.1654.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.elementwise.complex import conjugate, real
from gradloom.ops.matrix.matrices import (
    ctranspose,
    diagonal_of,
    embedded,
    lower,
    numeric,
    of_matrices,
    or_zeros,
    upper,
)
from gradloom.ops.matrix.solving import over
from gradloom.ops.movement.joining import cat
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import complexes, floats, sample


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
    grad_q, grad_r = or_zeros(grads[0], Q), or_zeros(grads[1], R)
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
    return over(R, grad_q + Q @ mirrored)


@composite(samples=[sample(floats(4, 3))])
def qr(input: Value, some: bool = True) -> Any:
    """Q and R with input = Q @ R, as `linalg.qr`; all columns of Q unless `some`."""
    return linalg_qr(input, "reduced" if some else "complete")


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
