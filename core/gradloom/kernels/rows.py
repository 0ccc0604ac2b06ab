"""What is done to each row of a matrix: sums, normalization, softmax, and how gradients go back through them.

Sums along and across rows are products with ones: BLAS adds four times as fast as NumPy does.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.blocks import in_blocks
from gradloom.kernels.counterpart import compiled, floats
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


def _floats_or_none(*arrays: Any) -> bool:
    return floats(*[each for each in arrays if each is not None])


# Normalization


def _with_weights(rows: Array, eps: float, *weights: Array | None) -> bool:
    return _floats_or_none(rows, *weights)


@compiled(when=_with_weights)
def centred(rows: Array, eps: float, weight: Array | None, bias: Array | None) -> tuple[Array, Array, Array]:
    """Each row times weight plus bias after being brought to mean 0 and variance 1.

    Also the rows' means and the factors that brought them there, each (n,).
    """
    out = np.empty(rows.shape, rows.dtype)
    mean, inverse = np.empty(len(rows), rows.dtype), np.empty(len(rows), rows.dtype)
    count = max(rows.shape[1], 1)

    def run(part: slice) -> None:
        here, factor = out[part], inverse[part]
        np.divide(row_sums(rows[part]), count, out=mean[part])
        np.subtract(rows[part], mean[part, None], out=here)
        np.divide(np.vecdot(here, here), count, out=factor)
        factor += eps
        np.sqrt(factor, out=factor)
        np.reciprocal(factor, out=factor)
        here *= factor[:, None]
        if weight is not None:
            here *= weight
        if bias is not None:
            here += bias

    in_blocks(run, len(rows), _each(rows))
    return out, mean, inverse


@compiled(when=_floats_or_none)
def centred_backward(
    grad: Array, rows: Array, mean: Array, inverse: Array, weight: Array | None
) -> tuple[Array, Array, Array]:
    """Gradients of rows, weight and bias, given that of what `centred` made of them.

    dx = inverse * (weight * grad - mean(weight * grad) - y * mean(weight * grad * y)), y the normalized rows.
    """
    result = np.empty(rows.shape, rows.dtype)
    count = max(rows.shape[1], 1)

    def run(part: slice) -> tuple[Array, Array]:
        given, back = grad[part], result[part]
        made = rows[part] - mean[part, None]
        made *= inverse[part, None]
        np.multiply(given, made, out=back)
        sums = column_sums(back), column_sums(given)
        scaled = given if weight is None else given * weight
        np.multiply(made, (np.vecdot(scaled, made) / -count)[:, None], out=back)
        back += scaled
        back -= (row_sums(scaled) / count)[:, None]
        back *= inverse[part, None]
        return sums

    to_weight, to_bias = zip(*in_blocks(run, len(grad), _each(grad)), strict=True)
    return result, _total(to_weight), _total(to_bias)


@compiled(when=_with_weights)
def scaled(rows: Array, eps: float, weight: Array | None) -> tuple[Array, Array]:
    """Each row times weight after being brought to a mean square of 1, and the factors for that, (n,)."""
    square = np.vecdot(rows, rows) / max(rows.shape[1], 1)
    inverse = (1 / np.sqrt(square + eps)).astype(rows.dtype, copy=False)
    out = rows * inverse[:, None]
    return out if weight is None else out * weight, inverse


@compiled(when=_floats_or_none)
def scaled_backward(grad: Array, rows: Array, inverse: Array, weight: Array | None) -> tuple[Array, Array]:
    """Gradients of rows and weight, given that of what `scaled` made of them.

    dx = inverse * (weight * grad - y * mean(weight * grad * y)), y the scaled rows before their weight.
    """
    made = rows * inverse[:, None]
    pulled = grad if weight is None else grad * weight
    result = made * (np.vecdot(pulled, made) / -max(rows.shape[1], 1))[:, None]
    result += pulled
    result *= inverse[:, None]
    return result, column_sums(grad * made)


def _total(parts: tuple[Array, ...]) -> Array:
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


# Softmax


@compiled()
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


@compiled()
def softmax_backward(grad: Array, out: Array) -> Array:
    """The gradient of the rows, given that of their softmax `out`."""
    back = np.empty(out.shape, out.dtype)

    def run(part: slice) -> None:
        here = back[part]
        np.subtract(grad[part], np.vecdot(grad[part], out[part])[:, None], out=here)
        here *= out[part]

    in_blocks(run, len(out), _each(out))
    return back


@compiled()
def log_softmax(rows: Array) -> Array:
    """The logarithm of the softmax of each row, without overflow."""
    out = np.empty(rows.shape, rows.dtype)

    def run(part: slice) -> None:
        here = out[part]
        np.subtract(rows[part], rows[part].max(axis=1, keepdims=True), out=here)
        here -= np.log(row_sums(np.exp(here)))[:, None]

    in_blocks(run, len(rows), _each(rows))
    return out


@compiled()
def log_softmax_backward(grad: Array, out: Array) -> Array:
    """The gradient of the rows, given that of their log-softmax `out`."""
    back = np.empty(out.shape, out.dtype)

    def run(part: slice) -> None:
        here = back[part]
        np.exp(out[part], out=here)
        here *= -row_sums(grad[part])[:, None]
        here += grad[part]

    in_blocks(run, len(out), _each(out))
    return back


# Cross-entropy


def _with_classes(rows: Array, classes: Array, *others: Array) -> bool:
    return classes.dtype == np.int64 and classes.flags.c_contiguous and floats(rows, *others)


def refuse_missing(classes: Array, count: int) -> None:
    """IndexError if there are not so many classes."""
    missing = (classes < 0) | (classes >= count)
    if missing.any():
        raise IndexError(f"Target {classes[missing][0]} is out of bounds.")


@compiled(when=_with_classes)
def cross_entropy(rows: Array, classes: Array) -> tuple[Array, Array, Array]:
    """-log(softmax(row)[class]) of each row; also its largest number, and the sum of exp(row - largest).

    IndexError if there is no such class.
    """
    refuse_missing(classes, rows.shape[1])
    largest = rows.max(axis=1)
    shifted = rows - largest[:, None]
    picked = shifted[np.arange(len(rows)), classes]
    sums = row_sums(np.exp(shifted, out=shifted))
    return np.log(sums) - picked, largest, sums


@compiled(when=_with_classes)
def cross_entropy_backward(rows: Array, classes: Array, largest: Array, sums: Array, grad: Array) -> Array:
    """The gradient of the rows, given that of each row's cross-entropy: softmax minus 1 at the class.

    IndexError if a class was changed meanwhile to one that is not there.
    """
    refuse_missing(classes, rows.shape[1])
    back = rows - largest[:, None]
    np.exp(back, out=back)
    back *= (grad / sums)[:, None]
    back[np.arange(len(rows)), classes] -= grad
    return back
