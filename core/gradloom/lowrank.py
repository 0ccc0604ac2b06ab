"""Approximations of low rank, by random projection.

N. Halko, P. Martinsson and J. Tropp, "Finding structure with randomness" (2011), algorithms 4.4 and 5.1.
"""

from __future__ import annotations

from typing import Any

from gradloom.creation import Where
from gradloom.ops.matrix.matmul import matmul
from gradloom.ops.matrix.matrices import ctranspose
from gradloom.ops.matrix.orthogonal import linalg_qr
from gradloom.ops.matrix.spectral import linalg_svd
from gradloom.ops.reduction.reduce import mean
from gradloom.random import randn
from gradloom.tensor import Tensor

__all__ = ["pca_lowrank", "svd_lowrank"]


def _range(A: Tensor, q: int, niter: int, M: Tensor | None, device: Where = None) -> Tensor:
    """An orthonormal basis, (..., m, q), of nearly all that A (less M) reaches."""

    def times(X: Any) -> Any:
        return matmul(A, X) if M is None else matmul(A, X) - matmul(M, X)

    def turned_times(X: Any) -> Any:
        turned = matmul(ctranspose(A), X)
        return turned if M is None else turned - matmul(ctranspose(M), X)

    Q: Any = linalg_qr(times(randn(A.shape[-1], q, dtype=A.dtype)))[0]
    for _ in range(niter):
        Q = linalg_qr(turned_times(Q))[0]
        Q = linalg_qr(times(Q))[0]
    return Q  # type: ignore[no-any-return]


def svd_lowrank(
    A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """U, S and V with A - M near U @ diag(S) @ V^H, of rank q.

    Args:
        A: (..., m, n).
        q: a little more than the rank of A.
        niter: how often the basis is refined.
        M: what is taken off A first, such as its mean; of its shape.
    """
    rank = 6 if q is None else q
    offset = None if M is None else M.broadcast_to(A.shape)
    wide = A.shape[-2] < A.shape[-1]
    whole = ctranspose(A) if wide else A
    if offset is not None and wide:
        offset = ctranspose(offset)
    Q = _range(whole, rank, 2 if niter is None else niter, offset)
    small = matmul(ctranspose(Q), whole if offset is None else whole - offset)
    U, S, Vh = linalg_svd(small, False)
    U, V = matmul(Q, U), ctranspose(Vh)
    return (V, S, U) if wide else (U, S, V)


def pca_lowrank(
    A: Tensor, q: int | None = None, center: bool = True, niter: int = 2
) -> tuple[Tensor, Tensor, Tensor]:
    """The q principal components of the rows of A: U, S and V with the centred A near U @ diag(S) @ V^H."""
    m, n = A.shape[-2:]
    rank = min(6, m, n) if q is None else q
    if not 0 <= rank <= min(m, n):
        raise ValueError(
            f"q(={rank}) must be non-negative integer and not greater than min(m, n)={min(m, n)}"
        )
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - mean(A, -2, True) if center else A, rank, niter)
