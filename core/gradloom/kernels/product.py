"""The matrix product, in pieces where it is large.

A product is cut across the longer side of its result: what BLAS packs of the other operand, it packs anew for
each piece. The two products of a gradient are as large as each other, so that each may be one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradloom.kernels.counterpart import compiled, floats, has_gemm
from gradloom.kernels.parallel import in_parts
from gradloom.kernels.process import settle
from gradloom.kernels.rows import column_sums

Array: TypeAlias = np.ndarray[Any, Any]

_float32 = np.dtype(np.float32)

# Multiply-adds: OpenBLAS has quicker code for small products, for few rows or columns, and for what is far
# larger than the caches.
SMALL, _SMALL_OF_FEW, _HUGE = 600_000, 1_000_000, 2**29
_VERY_FEW, _FEW, _SOME = 4, 12, 16  # rows or columns
_LARGE = 8_000_000  # multiply-adds; fewer are done before another thread has woken up
_LARGER = 100_000_000  # from here on more pieces than threads, as somebody else may want a core
_TINY = 4096  # elements; a product with fewer is never large
_FLEETING = 2**15  # multiply-adds, with tiles filled up; fewer take less time than a call


def _lie_well(*matrices: Any) -> bool:
    """Whether all are float32, and row-major or transposed."""
    for matrix in matrices:
        if type(matrix) is not np.ndarray or matrix.dtype is not _float32 or matrix.ndim != 2:
            return False
        # NumPy's flag `farray` is set for any that is not row-major.
        if not matrix.flags.carray and not matrix.T.flags.carray:
            return False
    return True


def suits_tiles(rows: int, depth: int, columns: int) -> bool:
    """Whether a product of these sizes is quicker in compiled code than by BLAS."""
    work, fewest = rows * depth * columns, min(rows, columns)
    if work < SMALL or work >= _HUGE:
        return False
    return fewest >= _FEW or (fewest >= _VERY_FEW and work >= _SMALL_OF_FEW)


def _by_tiles(a: Array, b: Array) -> bool:
    return len(b) == a.shape[1] and suits_tiles(len(a), len(b), b.shape[1]) and _lie_well(a, b)


def product(a: Array, b: Array) -> Any:
    """`a @ b`; shapes and broadcasting are those of `numpy.matmul`."""
    settle()
    if type(a) is not np.ndarray or a.size < _TINY or np.ndim(b) < 2:
        return np.matmul(a, b)
    if a.ndim > 2 and b.ndim == 2 and a.flags.c_contiguous:
        # One product of two matrices: NumPy would multiply a stack of small ones separately.
        return product(a.reshape(-1, a.shape[-1]), b).reshape(*a.shape[:-1], b.shape[1])
    if a.ndim == 2 == b.ndim:
        return matrix_product(a, b)
    work = a.size * b.shape[-1]
    same = a.shape[:-2] == b.shape[:-2] and a.shape[-1] == b.shape[-2]
    return _stack(a, b, work) if work >= _LARGE and same else np.matmul(a, b)


@compiled(when=_by_tiles)
def matrix_product(a: Array, b: Array) -> Array:
    """`a @ b` for two matrices."""
    settle()
    work = a.size * b.shape[1]
    if work < _LARGE or a.shape[1] != b.shape[0]:
        out: Array = np.matmul(a, b)
        return out
    return _in_pieces(a, b, None, work)


def _affine_by_tiles(rows: Array, weight: Array, bias: Array | None) -> bool:
    if rows.ndim != 2 or weight.shape != (len(weight), rows.shape[1]):
        return False
    work = rows.size * len(weight)
    filled = max(len(rows), _FEW) * rows.shape[1] * max(len(weight), _SOME)
    # BLAS is slow where the second operand is transposed, but for few rows.
    small = 0 < work < SMALL and (filled == work or filled <= _FLEETING)
    if not small and (work < SMALL or not suits_tiles(len(rows), rows.shape[1], len(weight))):
        return False
    return floats(rows, weight) if bias is None else len(weight) == bias.size and floats(rows, weight, bias)


@compiled(when=_affine_by_tiles)
def affine(rows: Array, weight: Array, bias: Array | None) -> Array:
    """`rows @ weight.T + bias`, for a matrix of rows."""
    settle()
    work = rows.size * len(weight)
    if work >= _LARGE:
        return _in_pieces(rows, weight.T, bias, work)
    out: Array = np.matmul(rows, weight.T)
    if bias is not None:
        out += bias
    return out


def product_backward(grad: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Gradients of two matrices, given that of their product."""
    to_a, to_b, _ = products([(grad, b.T), (a.T, grad)])
    return to_a, to_b


def _in_one_call(grad: Array, rows: Array, weight: Array | None, biased: bool) -> bool:
    work = rows.size * grad.shape[1]
    suits = has_gemm() if 0 < work < SMALL else gradients_suit_tiles(grad, rows)
    return suits and (floats(grad, rows) if weight is None else floats(grad, rows, weight))


def gradients_suit_tiles(grad: Array, rows: Array) -> bool:
    """Whether both products of `affine_backward` are quicker in compiled code."""
    (count, outputs), inputs = grad.shape, rows.shape[1]
    return suits_tiles(outputs, count, inputs) and suits_tiles(count, outputs, inputs)


@compiled(when=_in_one_call)
def affine_backward(
    grad: Array, rows: Array, weight: Array | None, biased: bool
) -> tuple[Array | None, Array, Array | None]:
    """Gradients of rows, weight and bias (if there is one), given that of `affine`.

    Without a weight those of weight and bias alone.
    """
    pairs = [(grad.T, rows)] if weight is None else [(grad, weight), (grad.T, rows)]
    *to_rows, to_weight, to_bias = products(pairs, grad if biased else None)
    return (to_rows[0] if to_rows else None), to_weight, to_bias


def _all_by_tiles(pairs: Sequence[tuple[Array, Array]], summed: Array | None = None) -> bool:
    return all(_by_tiles(a, b) for a, b in pairs) and (summed is None or floats(summed))


@compiled(when=_all_by_tiles)
def products(pairs: Sequence[tuple[Array, Array]], summed: Array | None = None) -> list[Any]:
    """The product of each pair of matrices, and last the sums of a matrix's columns, at the same time."""
    settle()
    work = sum(a.size * b.shape[1] for a, b in pairs)
    if work < _LARGE:
        made: list[Any] = [matrix_product(a, b) for a, b in pairs]
        return [*made, None if summed is None else column_sums(summed)]
    cut = [_cut(a, b, None, 1 if work < _LARGER else 2) for a, b in pairs]
    pieces = [piece for _, some in cut for piece in some]
    sums = None
    if summed is not None:
        sums = np.empty(summed.shape[1], summed.dtype)
        pieces.append(_Piece(np.ones(len(summed), summed.dtype), summed, sums, None))
    _multiply(pieces, work)
    return [*(out for out, _ in cut), sums]


class _Piece(NamedTuple):
    """Two operands, where their product goes, and what is added to it."""

    a: Array
    b: Array
    out: Array
    bias: Array | None


def _in_pieces(a: Array, b: Array, bias: Array | None, work: int) -> Array:
    out, pieces = _cut(a, b, bias, _pieces(work))
    _multiply(pieces, work)
    return out


def _pieces(work: int) -> int:
    return 2 if work < _LARGER else 4


def _cut(a: Array, b: Array, bias: Array | None, count: int) -> tuple[Array, list[_Piece]]:
    rows, columns = a.shape[0], b.shape[1]
    out = np.empty((rows, columns), np.result_type(a, b))
    longer = max(rows, columns)
    parts = [slice(longer * at // count, longer * (at + 1) // count) for at in range(count)]
    if rows >= columns:
        return out, [_Piece(a[part], b, out[part], bias) for part in parts]
    biases = [bias if bias is None or not bias.ndim else bias[part] for part in parts]
    return out, [_Piece(a, b[:, part], out[:, part], each) for part, each in zip(parts, biases, strict=True)]


def _multiply(pieces: list[_Piece], work: int) -> None:
    def run(start: int, stop: int) -> None:
        for a, b, out, bias in pieces[start:stop]:
            np.matmul(a, b, out=out)
            if bias is not None:
                out += bias

    in_parts(run, len(pieces), work)


def _stack(a: Array, b: Array, work: int) -> Array:
    """The products of two stacks of matrices."""
    out = np.empty((*a.shape[:-1], b.shape[-1]), np.result_type(a, b))

    def run(start: int, stop: int) -> None:
        np.matmul(a[start:stop], b[start:stop], out=out[start:stop])

    in_parts(run, len(a), work)
    return out
