"""LU factorization, over batches of matrices in the last two dims.

Derivatives: M. Giles, "An extended collection of matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import factorization as kernel
from gradloom.ops.matrix.matrices import (
    ctranspose,
    lower,
    or_zeros,
    upper,
)
from gradloom.ops.matrix.solving import over, substitute
from gradloom.ops.movement.joining import cat
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import complexes, floats, integers, sample


def _lu_gradient(grad_l: Value, grad_u: Value, P: Array, L: Value, U: Value) -> Value:
    """The gradient of A = P @ L @ U: the square part, and what lies below or right of it, block by block."""
    m, n = L.shape[-2], U.shape[-1]
    k = min(m, n)
    square_l, square_u = L[..., :k, :], U[..., :, :k]
    rest, axis = None, -1
    if m > k:
        rest, axis = over(square_u, grad_l[..., k:, :]), -2
        grad_u = grad_u - upper(ctranspose(L[..., k:, :]) @ rest)
    elif n > k:
        rest = substitute(ctranspose(square_l), grad_u[..., :, k:], True, True)
        grad_l = grad_l - lower(rest @ ctranspose(U[..., :, k:]), -1)
    inner = lower(ctranspose(square_l) @ grad_l[..., :k, :], -1) + upper(
        grad_u[..., :, :k] @ ctranspose(square_u)
    )
    core = over(square_u, substitute(ctranspose(square_l), inner, True, True))
    return P @ (core if rest is None else cat([core, rest], axis))


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
    return _lu_gradient(or_zeros(grads[1], L), or_zeros(grads[2], U), permutation, L, U)


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


@composite(samples=[sample(floats(3, 3))])
def lu(A: Value, pivot: bool = True, get_infos: bool = False) -> tuple[Value, ...]:
    """L and U in one matrix and the row swaps counted from 1; with `get_infos` the first zero pivots."""
    parts = linalg_lu_factor_ex(A, pivot)
    return tuple(parts) if get_infos else (parts[0], parts[1])


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
