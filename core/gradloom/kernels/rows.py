"""What is done to each row of a matrix: normalization, softmax, and how gradients go back through them.

Sums along and across rows are products with ones: BLAS adds four times as fast as NumPy does.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.blocks import in_blocks
from gradloom.kernels.process import settle

Array: TypeAlias = npt.NDArray[Any]


def row_sums(rows: Array) -> Array:
    """The sum of each row, (n, c) -> (n,)."""
    settle()
    return np.asarray(rows @ np.ones(rows.shape[1], rows.dtype))


def column_sums(rows: Array) -> Array:
    """The sum of each column, (n, c) -> (c,)."""
    settle()
    return np.asarray(np.ones(rows.shape[0], rows.dtype) @ rows)


def _each(rows: Array) -> int:
    return int(rows.shape[1]) * rows.itemsize


# Normalization


def centred(
    rows: Array, eps: float, weight: Array | None = None, bias: Array | None = None
) -> tuple[Array, Array, Array]:
    """Each row times weight plus bias after being brought to mean 0 and variance 1.

    Also the rows before weight and bias, and the factors (n, 1) that brought them there.
    """
    out, normalized = np.empty(rows.shape, rows.dtype), np.empty(rows.shape, rows.dtype)
    inverse = np.empty((len(rows), 1), rows.dtype)
    count = max(rows.shape[1], 1)

    def run(part: slice) -> None:
        here, factor = normalized[part], inverse[part]
        np.subtract(rows[part], (row_sums(rows[part]) / count)[:, None], out=here)
        np.divide(np.vecdot(here, here)[:, None], count, out=factor)
        factor += eps
        np.sqrt(factor, out=factor)
        np.reciprocal(factor, out=factor)
        here *= factor
        if weight is None:
            out[part] = here
        else:
            np.multiply(here, weight, out=out[part])
        if bias is not None:
            out[part] += bias

    in_blocks(run, len(rows), _each(rows))
    return out, normalized, inverse


def centred_backward(
    grad: Array, normalized: Array, inverse: Array, weight: Array | None = None
) -> tuple[Array, Array, Array]:
    """Gradients of rows, weight and bias, given that of what `centred` made of them.

    dx = inverse * (weight * grad - mean(weight * grad) - y * mean(weight * grad * y)), y the normalized rows.
    """
    result = np.empty(normalized.shape, normalized.dtype)
    count = max(grad.shape[1], 1)

    def run(part: slice) -> tuple[Array, Array]:
        given, made, back = grad[part], normalized[part], result[part]
        np.multiply(given, made, out=back)
        sums = column_sums(back), column_sums(given)
        scaled = given if weight is None else given * weight
        np.multiply(made, (np.vecdot(scaled, made) / -count)[:, None], out=back)
        back += scaled
        back -= (row_sums(scaled) / count)[:, None]
        back *= inverse[part]
        return sums

    to_weight, to_bias = zip(*in_blocks(run, len(grad), _each(grad)), strict=True)
    return result, _total(to_weight), _total(to_bias)


def _total(parts: tuple[Array, ...]) -> Array:
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


# Softmax


def softmax(rows: Array) -> Array:
    """exp(rows) / sum(exp(rows)) along each row."""
    out = np.empty(rows.shape, rows.dtype)

    def run(part: slice) -> None:
        here = out[part]
        np.subtract(rows[part], rows[part].max(axis=1, keepdims=True), out=here)
        np.exp(here, out=here)
        here /= row_sums(here)[:, None]

    in_blocks(run, len(rows), _each(rows))
    return out


def softmax_backward(grad: Array, out: Array) -> Array:
    """The gradient of the rows, given that of their softmax `out`."""
    back = np.empty(out.shape, out.dtype)

    def run(part: slice) -> None:
        here = back[part]
        np.subtract(grad[part], np.vecdot(grad[part], out[part])[:, None], out=here)
        here *= out[part]

    in_blocks(run, len(out), _each(out))
    return back
