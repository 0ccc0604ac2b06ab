"""Factorizations of batches of matrices that NumPy does not offer, and how those that it offers fail.

All arrays are batches of matrices over their last two dims. The loops run over the rows or columns of a
matrix; each step works on the whole batch.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class LinAlgError(RuntimeError):
    """A matrix for which the result does not exist."""


def lu(a: Array, pivot: bool = True) -> tuple[Array, Array]:
    """LU with partial pivoting, packed as by LAPACK's getrf: both factors in one matrix, row swaps from 1.

    The swaps have shape (..., min(m, n)), int32. A pivot of zero is passed over.
    """
    *batch, m, n = a.shape
    packed = a.reshape(math.prod(batch), m, n).copy()
    steps = min(m, n)
    pivots = np.tile(np.arange(1, steps + 1, dtype=np.int32), (len(packed), 1))
    each = np.arange(len(packed))
    for k in range(steps if len(packed) else 0):
        if pivot:
            column = packed[:, k:, k]
            # LAPACK compares complex numbers by |re| + |im|.
            chosen = k + np.argmax(np.abs(column.real) + np.abs(column.imag), axis=1)
            pivots[:, k] = chosen + 1
            _swap(packed, each, k, chosen)
        head = packed[:, k, k]
        packed[:, k + 1 :, k] /= np.where(head == 0, packed.dtype.type(1), head)[:, None]
        packed[:, k + 1 :, k + 1 :] -= packed[:, k + 1 :, k, None] * packed[:, k, None, k + 1 :]
    return packed.reshape(a.shape), pivots.reshape(*batch, steps)


def _swap(rows: Array, each: Array, k: int, chosen: Array) -> None:
    """Swap row `k` of each item with the row chosen for it."""
    held = rows[each, chosen].copy()
    rows[each, chosen] = rows[:, k]
    rows[:, k] = held


def permutation(pivots: Array, m: int, dtype: Any) -> Array:
    """The matrices P, (..., m, m), that undo the row swaps: a = P @ L @ U."""
    *batch, steps = pivots.shape
    flat = pivots.reshape(math.prod(batch), steps).astype(np.int64) - 1
    order = np.tile(np.arange(m), (len(flat), 1))
    each = np.arange(len(flat))
    for k in range(steps):
        _swap(order, each, k, flat[:, k])
    matrices = np.zeros((len(flat), m, m), dtype)
    matrices[each[:, None], order, np.arange(m)] = 1
    return matrices.reshape(*batch, m, m)


def zero_pivots(packed: Array) -> Array:
    """For each LU the number, from 1, of the first zero on U's diagonal; 0 if there is none. int32."""
    zeros = np.diagonal(packed, axis1=-2, axis2=-1) == 0
    if not zeros.shape[-1]:
        return np.zeros(zeros.shape[:-1], np.int32)
    return np.where(zeros.any(-1), zeros.argmax(-1) + 1, 0).astype(np.int32)


def solve_triangular(a: Array, b: Array, upper: bool, unitriangular: bool) -> Array:
    """x with a @ x = b, by substitution; only one triangle of `a` is read."""
    n = a.shape[-1]
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = np.broadcast_to(b, (*batch, *b.shape[-2:])).astype(np.result_type(a, b))
    for k in range(n - 1, -1, -1) if upper else range(n):
        known = slice(k + 1, n) if upper else slice(0, k)
        row = x[..., k, :] - (a[..., k, None, known] @ x[..., known, :])[..., 0, :]
        x[..., k, :] = row if unitriangular else row / a[..., k, k, None]
    return x


def cholesky(a: Array) -> tuple[Array, Array]:
    """The lower factors, and for each the order of its first leading minor that is not positive, or 0."""
    try:
        return np.linalg.cholesky(a), np.zeros(a.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        pass
    n = a.shape[-1]
    factors = np.tril(a).reshape(math.prod(a.shape[:-2]), n, n)
    info = np.zeros(len(factors), np.int32)
    for at, matrix in enumerate(factors):
        try:
            factors[at] = np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            info[at] = _first_bad_minor(matrix)
    return factors.reshape(a.shape), info.reshape(a.shape[:-2])


def _first_bad_minor(matrix: Array) -> int:
    for order in range(1, len(matrix)):
        try:
            np.linalg.cholesky(matrix[:order, :order])
        except np.linalg.LinAlgError:
            return order
    return len(matrix)


def inverse(a: Array) -> tuple[Array, Array]:
    """The inverses, and for each what `zero_pivots` says; what has no inverse becomes infinite."""
    try:
        return np.linalg.inv(a), np.zeros(a.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        info = np.asarray(zero_pivots(lu(a)[0]))
        singular = (info > 0)[..., None, None]
        inverses = np.linalg.inv(np.where(singular, np.eye(a.shape[-1], dtype=a.dtype), a))
        return np.where(singular, a.dtype.type(np.inf), inverses), info


def solve(a: Array, b: Array) -> tuple[Array, Array]:
    """x with a @ x = b, and for each matrix what `zero_pivots` says."""
    try:
        return np.linalg.solve(a, b), np.zeros(a.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        inverses, info = inverse(a)
        return inverses @ b, info


def refuse(info: Array, who: str, sentence: str) -> None:
    """LinAlgError if `info` names a failure; its number goes in the sentence's braces."""
    if not np.any(info):
        return
    failed = np.flatnonzero(info)[0]
    where = f"(Batch element {failed}): " if np.ndim(info) else ""
    raise LinAlgError(f"{who}: {where}{sentence.format(np.ravel(info)[failed])}")
