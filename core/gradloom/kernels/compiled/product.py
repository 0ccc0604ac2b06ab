"""Products of matrices by tiles of sums in registers, and all gradients of an affine map in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.kernels.compiled.blas import gemm
from gradloom.kernels.compiled.jit import inlined, jit
from gradloom.kernels.compiled.multiplying.sharing import do, job, matrix, nothing, room_for_panels, row
from gradloom.kernels.compiled.summing import ROWS, strips_of, sum_columns, sum_over
from gradloom.kernels.process import settle
from gradloom.kernels.product import SMALL

Array = np.ndarray[Any, Any]

_NO_BIAS = np.empty(0, np.float32)


def matrix_product(a: Array, b: Array) -> Array:
    out = np.empty((a.shape[0], b.shape[1]), np.float32)
    a_turned, b_turned = not a.flags.c_contiguous, not b.flags.c_contiguous
    _multiply(a.T if a_turned else a, a_turned, b.T if b_turned else b, b_turned, _NO_BIAS, out)
    return out


def products(pairs: Sequence[tuple[Array, Array]], summed: Array | None = None) -> list[Any]:
    made: list[Any] = [matrix_product(a, b) for a, b in pairs]
    return [*made, None if summed is None else sum_over(summed, (0,), False)]


def affine(rows: Array, weight: Array, bias: Array | None) -> Array:
    out = np.empty((len(rows), len(weight)), np.float32)
    _multiply(rows, False, weight, True, _NO_BIAS if bias is None else bias, out)
    return out


@jit
def _multiply(a: Array, a_turned: bool, b: Array, b_turned: bool, bias: Array, out: Array) -> None:
    rows, columns = out.shape
    sizes = rows, a.shape[0 if a_turned else 1], columns
    one, other = matrix(a, a_turned), matrix(b, b_turned)
    plus = row(bias) if bias.size else nothing()
    room = room_for_panels(one, other, sizes)
    task = job(one, other, plus, matrix(out, False), sizes, room)
    do(task, task, False, room, np.empty((1, 0, 0), np.float32), np.empty((1, 0), np.float32))


def affine_backward(
    grad: Array, rows: Array, weight: Array | None, biased: bool
) -> tuple[Array | None, Array, Array | None]:
    settle()
    to_weight = np.empty((grad.shape[1], rows.shape[1]), np.float32)
    to_bias = np.empty(grad.shape[1] if biased else 0, np.float32)
    to_rows = None if weight is None else np.empty(rows.shape, np.float32)
    gradients = _by_blas if rows.size * grad.shape[1] < SMALL else _by_tiles
    if weight is None or to_rows is None:
        gradients(grad, rows, rows, rows, to_weight, to_bias, False)
    else:
        gradients(grad, rows, weight, to_rows, to_weight, to_bias, True)
    return to_rows, to_weight, to_bias if biased else None


@jit
def _by_blas(
    grad: Array, rows: Array, weight: Array, to_rows: Array, to_weight: Array, to_bias: Array, wholly: bool
) -> None:
    """The gradients of weight and bias (if it has room for one), and wholly also that of the rows."""
    if wholly:
        gemm(grad, weight, to_rows, False, False, 0.0)
    gemm(grad, rows, to_weight, True, False, 0.0)
    if len(grad) > ROWS:
        sums = _as_row(to_bias)
        sum_columns(_as_stack(grad), sums, 0, strips_of(sums))
        return
    to_bias[:] = 0
    for i in range(len(grad)):
        for j in range(to_bias.size):
            to_bias[j] += grad[i, j]


@jit
def _by_tiles(
    grad: Array, rows: Array, weight: Array, to_rows: Array, to_weight: Array, to_bias: Array, wholly: bool
) -> None:
    (count, outputs), inputs, room = grad.shape, rows.shape[1], np.empty(0, np.float32)
    weighing = job(
        *(matrix(grad, True), matrix(rows, False), nothing(), matrix(to_weight, False)),
        *((outputs, count, inputs), room),
    )
    back = job(
        *(matrix(grad, False), matrix(weight, False), nothing(), matrix(to_rows, False)),
        *((count, outputs, inputs), room),
    )
    do(weighing, back, wholly, room, _as_stack(grad), _as_row(to_bias))


@inlined
def _as_stack(matrix: Array) -> Array:
    return matrix.reshape(1, matrix.shape[0], matrix.shape[1])


@inlined
def _as_row(vector: Array) -> Array:
    return vector.reshape(1, vector.size)
