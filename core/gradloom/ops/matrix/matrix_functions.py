"""Functions of matrices: powers, the exponential, the pseudo-inverse, rank and condition."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from gradloom.dtypes import Array, int64, of_array
from gradloom.limits import finfo
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.matrix.matrices import ctranspose, numeric, of_matrices, of_squares, unit
from gradloom.ops.matrix.matrix_norms import linalg_matrix_norm
from gradloom.ops.matrix.solving import linalg_inv, linalg_inv_ex, linalg_solve
from gradloom.ops.matrix.spectral import linalg_eigvalsh, linalg_svdvals
from gradloom.ops.movement.joining import cat
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.operand import Operand
from gradloom.ops.sample import complexes, floats, sample

# Higham, "The scaling and squaring method for the matrix exponential revisited" (2005), table 2.3 and (2.2).
_PADE_13 = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
_LARGEST_NORM = 5.371920351148152


@op(samples=[sample(floats(3, 3)), sample(floats(2, 2, 2)), sample(complexes(2, 2))], aliases=())
def matrix_exp(input: Value) -> Value:
    """The exponential of square matrices: the sum of A^k / k!, by Pade's approximant, scaled and squared."""
    of_squares("linalg.matrix_exp", input)
    if not input.size:
        return input.copy()
    length = np.abs(input).sum(-2).max()
    halvings = (
        max(0, int(np.ceil(np.log2(length / _LARGEST_NORM)))) if np.isfinite(length) and length > 0 else 0
    )
    result = _pade(input / 2**halvings)
    for _ in range(halvings):
        result = result @ result
    return result.astype(input.dtype)


def _pade(a: Array) -> Array:
    b = _PADE_13
    one = np.eye(a.shape[-1], dtype=a.dtype)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    odd = a @ (a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one)
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    return np.linalg.solve(even - odd, even + odd)


@matrix_exp.gradient("input")
def _(grad: Value, input: Value) -> Value:
    # The upper right block of exp([[A^H, G], [0, A^H]]): Najfeld and Havel (1995), theorem 4.13.
    n = input.shape[-1]
    turned = ctranspose(input)
    top = cat([turned, grad], -1)
    bottom = cat([raw(turned) * 0, turned], -1)
    return matrix_exp(cat([top, bottom], -2))[..., :n, n:]


@composite(samples=[sample(floats(3, 3), 3), sample(floats(2, 3, 3), -2), sample(floats(3, 3), 0)])
def matrix_power(input: Value, n: int) -> Value:
    """Square matrices multiplied by themselves; of a negative power the inverse."""
    of_squares("linalg.matrix_power", input)
    square = linalg_inv(input) if n < 0 else input
    power, n = None, abs(n)
    while n:
        n, odd = divmod(n, 2)
        if odd:
            power = square * 1 if power is None else power @ square
        if n:
            square = square @ square
    return input * 0 + unit(input) if power is None else power


def _cutoff(values: Array, shape: tuple[int, ...], atol: Any, rtol: Any) -> Array:
    """Below this a singular value counts as zero: max(atol, rtol * the largest)."""
    dtype = of_array(values)
    atol, rtol = (raw(each) if isinstance(each, Operand) else each for each in (atol, rtol))
    if rtol is None:
        rtol = (
            0.0
            if np.any(np.asarray(0.0 if atol is None else atol) > 0)
            else finfo(dtype).eps * max(shape[-2:])
        )
    largest = values.max(-1, initial=0)
    return np.asarray(np.maximum(0.0 if atol is None else atol, rtol * largest))[..., None]


@op(samples=[sample(floats(4, 3)), sample(floats(3, 4)), sample(complexes(3, 2))], method=False)
def pseudo_inverse(A: Value, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Value:
    """The Moore-Penrose inverse by the singular values, of which those under the cutoff count as zero."""
    of_matrices("linalg.pinv", A)
    numeric("linalg.pinv", A)
    if not A.size:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    if hermitian:
        values, vectors = np.linalg.eigh(A)
        sizes = np.abs(values)
        kept = sizes > _cutoff(sizes, A.shape, atol, rtol)
        return vectors * np.where(kept, 1 / np.where(kept, values, 1), 0)[..., None, :] @ ctranspose(vectors)
    U, S, Vh = np.linalg.svd(A, full_matrices=False)
    kept = _cutoff(S, A.shape, atol, rtol) < S
    inverted = np.where(kept, 1 / np.where(kept, S, 1), 0)
    return (ctranspose(Vh) * inverted[..., None, :]) @ ctranspose(U)


@pseudo_inverse.gradient("A")
def _(grad: Value, A: Value, out: Value) -> Value:
    # Golub and Pereyra (1973), equation 4.12, its three terms gathered around the smaller of both sizes.
    turned, outer = ctranspose(grad), ctranspose(out)
    if A.shape[-2] <= A.shape[-1]:
        K = turned @ out
        right = K @ outer
        return -ctranspose(out @ K) + right - (A @ out) @ right + (outer @ out) @ (turned - K @ A)
    K = out @ turned
    left = outer @ K
    return -ctranspose(K @ out) + (turned - A @ K) @ out @ outer + left - (left @ out) @ A


@composite(samples=[sample(floats(4, 3))], method=False)
def linalg_pinv(
    A: Value, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Value:
    """The pseudo-inverse; singular values up to max(atol, rtol * the largest) count as zero."""
    return pseudo_inverse(A, atol, rcond if rtol is None else rtol, hermitian)


@composite(samples=[sample(floats(4, 3))])
def pinverse(input: Value, rcond: float = 1e-15) -> Value:
    """The pseudo-inverse; singular values up to `rcond` times the largest count as zero."""
    return linalg_pinv(input, rcond)


@composite(samples=[sample(floats(4, 3))], method=False)
def linalg_matrix_rank(
    A: Value, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Value:
    """How many singular values lie above max(atol, rtol * the largest)."""
    of_matrices("linalg.matrix_rank", A)
    values = raw(linalg_eigvalsh(A) if hermitian else linalg_svdvals(A))
    sizes = np.abs(values)
    cutoff = _cutoff(sizes, tuple(A.shape), atol if tol is None else tol, rtol if tol is None else 0.0)
    count = np.asarray((sizes > cutoff).sum(-1))
    return A.new_tensor(count, dtype=of_array(count)) if isinstance(A, Operand) else count


@composite(samples=[sample(floats(3, 3))], method=False)
def linalg_cond(A: Value, p: Any = None) -> Value:
    """The condition number: the norm times that of the inverse; for p None and 2 by the singular values."""
    of_matrices("linalg.cond", A)
    if p in (None, 2, -2):
        values = linalg_svdvals(A)
        first, last = values[..., 0], values[..., -1]
        return last / first if p == -2 else first / last
    of_squares("linalg.cond", A)
    inverse, info = linalg_inv_ex(A)
    product = linalg_matrix_norm(A, p) * linalg_matrix_norm(inverse, p)
    return (
        product
        if not np.any(raw(info))
        else product + np.where(raw(info) > 0, np.inf, 0).astype(raw(product).dtype)
    )


@composite(samples=[sample(floats(2, 3, 2, 3), 2)], method=False)
def linalg_tensorinv(A: Value, ind: int = 2) -> Value:
    """The inverse of `A` as a map from its last dims to its first `ind`."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    first, last = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    rows, columns = int(np.prod(first)), int(np.prod(last))
    if rows != columns:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but "
            f"got {columns} != {rows}"
        )
    return linalg_inv(A.reshape((rows, columns))).reshape((*last, *first))


@composite(samples=[sample(floats(2, 3, 6), floats(2, 3))], method=False)
def linalg_tensorsolve(A: Value, B: Value, dims: Any = None) -> Value:
    """X with the product of A and X over X's dims being B; `dims` of A are moved last first."""
    if dims is not None:
        moved = [dim % A.ndim for dim in dims]
        A = A.permute((*(at for at in range(A.ndim) if at not in moved), *moved))
    result = tuple(A.shape[B.ndim :])
    size = int(np.prod(result))
    if size != int(np.prod(B.shape)):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {size} != {int(np.prod(B.shape))}"
        )
    return linalg_solve(A.reshape((size, size)), B.reshape((size,))).reshape(result)


linalg_lstsq_result = namedtuple(  # noqa: PYI024 - PyTorch's fields
    "linalg_lstsq_result", ("solution", "residuals", "rank", "singular_values")
)


@composite(samples=[sample(floats(4, 2), floats(4, 3))], method=False)
def linalg_lstsq(A: Value, B: Value, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """Least squares: X that makes the norm of A @ X - B smallest, with residuals, rank and singular values.

    Args:
        A: (..., m, n).
        B: (..., m, k), or vectors (..., m).
        rcond: singular values up to this share of the largest count as zero.
        driver: "gelsy" (the default) and "gels" give no singular values, "gelsd" and "gelss" do.
    """
    of_matrices("torch.linalg.lstsq", A, "input")
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    vectors = B.ndim == A.ndim - 1
    right = B[..., None] if vectors else B
    m, n = A.shape[-2:]
    solution = pseudo_inverse(A, None, rcond) @ right
    values = np.linalg.svd(raw(A), compute_uv=False)
    rank = (values > _cutoff(values, (m, n), None, rcond)).sum(-1)
    residuals = B.new_empty(0, dtype=of_array(values))
    if m > n and driver != "gelsy" and driver is not None and np.all(rank == n):
        off = A @ solution - right
        residuals = (off * conjugate(off)).real.sum(-2)
    none = B.new_empty(0, dtype=of_array(values))
    return linalg_lstsq_result(
        solution[..., 0] if vectors else solution,
        residuals,
        B.new_empty(0, dtype=int64) if driver == "gels" else B.new_tensor(rank, dtype=int64),
        none if driver in (None, "gels", "gelsy") else B.new_tensor(values, dtype=of_array(values)),
    )
