"""All gradients of an affine map in one call, which is what takes the time where it is small."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.blas import gemm
from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.process import settle

Array = np.ndarray[Any, Any]


def affine_backward(
    grad: Array, rows: Array, weight: Array | None, biased: bool
) -> tuple[Array | None, Array, Array | None]:
    settle()
    to_weight = np.empty((grad.shape[1], rows.shape[1]), np.float32)
    to_bias = np.empty(grad.shape[1] if biased else 0, np.float32)
    if weight is None:
        _to_weight(grad, rows, to_weight, to_bias)
        return None, to_weight, to_bias if biased else None
    to_rows = np.empty(rows.shape, np.float32)
    _affine_backward(grad, rows, weight, to_rows, to_weight, to_bias)
    return to_rows, to_weight, to_bias if biased else None


@jit
def _affine_backward(
    grad: Array, rows: Array, weight: Array, to_rows: Array, to_weight: Array, to_bias: Array
) -> None:
    gemm(grad, weight, to_rows, False, False, 0.0)
    _to_weight(grad, rows, to_weight, to_bias)


@jit
def _to_weight(grad: Array, rows: Array, to_weight: Array, to_bias: Array) -> None:
    """Also the gradient of the bias, if it has room for one."""
    gemm(grad, rows, to_weight, True, False, 0.0)
    to_bias[:] = 0
    for i in range(len(grad) if to_bias.size else 0):
        given = grad[i]
        for j in range(given.size):
            to_bias[j] += given[j]
