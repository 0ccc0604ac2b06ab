"""What is done to each row of a matrix: see `kernels/rows.py`.

A row stays in the nearest cache from its first pass to its last, so that a kernel is one pass over memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.elementary import exp_below_0, log, ordered, unordered
from gradloom.kernels.compiled.jit import inlined, jit, jit_inside
from gradloom.kernels.compiled.pointwise import EXPONENTIAL

Array = np.ndarray[Any, Any]

# What a number costs, in multiply-adds: a few passes in the cache, or a few with an exponential.
_PASSES = 16
_LINE = 16  # numbers of a line of the cache
_BLOCK, _BLOCKS = 32, 8  # rows at least, and blocks at most, that a sum over rows is made of
_LOWEST = np.int32(-(2**31))


def _ones(rows: Array, weight: Array | None) -> Array:
    return np.ones(rows.shape[1], np.float32) if weight is None else weight


def _sums(count: int, rows: Array) -> Array:
    """Room for some sums over the rows, block by block, with no line of the cache that two blocks share."""
    blocks = max(min(len(rows) // _BLOCK, _BLOCKS), 1)
    return np.zeros((blocks, count, rows.shape[1] + _LINE), np.float32)


@inlined
def _bounds(block: int, blocks: int, rows: int) -> tuple[int, int]:
    return rows * block // blocks, rows * (block + 1) // blocks


@jit_inside
def _join(sums: Array, at: int, total: Array) -> None:
    """One of the sums, of all blocks."""
    total[:] = 0
    for block in range(len(sums)):
        row = sums[block, at]
        for j in range(total.size):
            total[j] += row[j]


# Normalization


def centred(rows: Array, eps: float, weight: Array | None, bias: Array | None) -> tuple[Array, Array, Array]:
    out, mean, inverse = np.empty_like(rows), np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
    bias = np.zeros(rows.shape[1], np.float32) if bias is None else bias
    args = rows, np.float32(eps), _ones(rows, weight), bias, out, mean, inverse
    _centred(*args, len(rows), rows.size * _PASSES)
    return out, mean, inverse


@shared
def _centred(
    rows: Array,
    eps: Any,
    weight: Array,
    bias: Array,
    out: Array,
    means: Array,
    inverses: Array,
    start: int,
    stop: int,
) -> None:
    columns = rows.shape[1]
    count = np.float32(max(columns, 1))
    for i in range(start, stop):
        row, made = rows[i], out[i]
        total = np.float32(0)
        for j in range(columns):
            total += row[j]
        mean = total / count
        spread = np.float32(0)
        for j in range(columns):
            spread += (row[j] - mean) * (row[j] - mean)
        inverse = np.float32(1) / np.sqrt(spread / count + eps)
        for j in range(columns):
            made[j] = (row[j] - mean) * inverse * weight[j] + bias[j]
        means[i], inverses[i] = mean, inverse


def centred_backward(
    grad: Array, rows: Array, mean: Array, inverse: Array, weight: Array | None
) -> tuple[Array, Array, Array]:
    weight = _ones(rows, weight)
    back, to_weight, to_bias = np.empty_like(rows), np.empty_like(weight), np.empty_like(weight)
    _all_centred_backward(grad, rows, mean, inverse, weight, back, _sums(2, rows), to_weight, to_bias)
    return back, to_weight, to_bias


@jit
def _all_centred_backward(
    grad: Array,
    rows: Array,
    means: Array,
    inverses: Array,
    weight: Array,
    back: Array,
    sums: Array,
    to_weight: Array,
    to_bias: Array,
) -> None:
    _centred_backward(grad, rows, means, inverses, weight, back, sums, len(sums), rows.size * _PASSES)
    _join(sums, 0, to_weight)
    _join(sums, 1, to_bias)


@shared
def _centred_backward(
    grad: Array,
    rows: Array,
    means: Array,
    inverses: Array,
    weight: Array,
    back: Array,
    sums: Array,
    start: int,
    stop: int,
) -> None:
    for block in range(start, stop):
        first, last = _bounds(block, len(sums), len(rows))
        to_weight, to_bias = sums[block, 0], sums[block, 1]
        _centred_rows_backward(grad, rows, means, inverses, weight, back, to_weight, to_bias, first, last)


@jit_inside
def _centred_rows_backward(
    grad: Array,
    rows: Array,
    means: Array,
    inverses: Array,
    weight: Array,
    back: Array,
    to_weight: Array,
    to_bias: Array,
    first: int,
    last: int,
) -> None:
    columns = rows.shape[1]
    count = np.float32(max(columns, 1))
    for i in range(first, last):
        given, row, made = grad[i], rows[i], back[i]
        mean, inverse = means[i], inverses[i]
        even, along = np.float32(0), np.float32(0)
        for j in range(columns):
            y = (row[j] - mean) * inverse
            to_weight[j] += given[j] * y
            to_bias[j] += given[j]
            even += given[j] * weight[j]
            along += given[j] * weight[j] * y
        even, along = even / count, along / count
        for j in range(columns):
            made[j] = inverse * (given[j] * weight[j] - even - (row[j] - mean) * inverse * along)


def scaled(rows: Array, eps: float, weight: Array | None) -> tuple[Array, Array]:
    out, inverse = np.empty_like(rows), np.empty(len(rows), np.float32)
    args = rows, np.float32(eps), _ones(rows, weight), out, inverse
    _scaled(*args, len(rows), rows.size * _PASSES)
    return out, inverse


@shared
def _scaled(rows: Array, eps: Any, weight: Array, out: Array, inverses: Array, start: int, stop: int) -> None:
    columns = rows.shape[1]
    for i in range(start, stop):
        row, made = rows[i], out[i]
        total = np.float32(0)
        for j in range(columns):
            total += row[j] * row[j]
        inverse = np.float32(1) / np.sqrt(total / np.float32(max(columns, 1)) + eps)
        for j in range(columns):
            made[j] = row[j] * inverse * weight[j]
        inverses[i] = inverse


def scaled_backward(grad: Array, rows: Array, inverse: Array, weight: Array | None) -> tuple[Array, Array]:
    back, weight = np.empty_like(rows), _ones(rows, weight)

    to_weight = np.empty_like(weight)
    _all_scaled_backward(grad, rows, inverse, weight, back, _sums(1, rows), to_weight)
    return back, to_weight


@jit
def _all_scaled_backward(
    grad: Array, rows: Array, inverses: Array, weight: Array, back: Array, sums: Array, to_weight: Array
) -> None:
    _scaled_backward(grad, rows, inverses, weight, back, sums, len(sums), rows.size * _PASSES)
    _join(sums, 0, to_weight)


@shared
def _scaled_backward(
    grad: Array,
    rows: Array,
    inverses: Array,
    weight: Array,
    back: Array,
    sums: Array,
    start: int,
    stop: int,
) -> None:
    for block in range(start, stop):
        first, last = _bounds(block, len(sums), len(rows))
        _scaled_rows_backward(grad, rows, inverses, weight, back, sums[block, 0], first, last)


@jit_inside
def _scaled_rows_backward(
    grad: Array,
    rows: Array,
    inverses: Array,
    weight: Array,
    back: Array,
    to_weight: Array,
    first: int,
    last: int,
) -> None:
    columns = rows.shape[1]
    for i in range(first, last):
        given, row, made = grad[i], rows[i], back[i]
        inverse = inverses[i]
        along = np.float32(0)
        for j in range(columns):
            product = given[j] * row[j] * inverse
            to_weight[j] += product
            along += product * weight[j]
        along = along / np.float32(max(columns, 1)) * inverse
        for j in range(columns):
            made[j] = inverse * (given[j] * weight[j] - row[j] * along)


# Softmax


@inlined
def _largest_number(row: Array) -> Any:
    """The largest number; the order of the bits has no branches for NaN, which any sum finds anyway."""
    most = _LOWEST
    for j in range(row.size):
        most = max(most, ordered(row[j]))
    return unordered(most)


def softmax(rows: Array) -> Array:
    out = np.empty_like(rows)
    _softmax(rows, out, len(rows), rows.size * EXPONENTIAL)
    return out


@shared
def _softmax(rows: Array, out: Array, start: int, stop: int) -> None:
    columns = rows.shape[1]
    for i in range(start, stop):
        row, made = rows[i], out[i]
        largest = _largest_number(row)
        total = np.float32(0)
        for j in range(columns):
            made[j] = exp_below_0(row[j] - largest)
            total += made[j]
        share = np.float32(1) / total
        for j in range(columns):
            made[j] *= share


def softmax_backward(grad: Array, out: Array) -> Array:
    back = np.empty_like(out)
    _softmax_backward(grad, out, back, len(out), out.size * _PASSES)
    return back


@shared
def _softmax_backward(grad: Array, out: Array, back: Array, start: int, stop: int) -> None:
    columns = out.shape[1]
    for i in range(start, stop):
        given, row, made = grad[i], out[i], back[i]
        along = np.float32(0)
        for j in range(columns):
            along += given[j] * row[j]
        for j in range(columns):
            made[j] = (given[j] - along) * row[j]


def log_softmax(rows: Array) -> Array:
    out = np.empty_like(rows)
    _log_softmax(rows, out, len(rows), rows.size * EXPONENTIAL)
    return out


@shared
def _log_softmax(rows: Array, out: Array, start: int, stop: int) -> None:
    columns = rows.shape[1]
    for i in range(start, stop):
        row, made = rows[i], out[i]
        largest = _largest_number(row)
        total = np.float32(0)
        for j in range(columns):
            total += exp_below_0(row[j] - largest)
        beyond = log(total)
        for j in range(columns):
            made[j] = (row[j] - largest) - beyond


def log_softmax_backward(grad: Array, out: Array) -> Array:
    back = np.empty_like(out)
    _log_softmax_backward(grad, out, back, len(out), out.size * EXPONENTIAL)
    return back


@shared
def _log_softmax_backward(grad: Array, out: Array, back: Array, start: int, stop: int) -> None:
    columns = out.shape[1]
    for i in range(start, stop):
        given, row, made = grad[i], out[i], back[i]
        total = np.float32(0)
        for j in range(columns):
            total += given[j]
        for j in range(columns):
            made[j] = given[j] - exp_below_0(row[j]) * total


# Cross-entropy


@jit
def first_missing(classes: Array, count: int) -> int:
    """The number of the first row whose class does not exist, -1 if there is none."""
    for i in range(len(classes)):
        if not 0 <= classes[i] < count:
            return i
    return -1


def refuse(classes: Array, row: int) -> None:
    """IndexError for the class of this row, if it is one."""
    if row >= 0:
        raise IndexError(f"Target {classes[row]} is out of bounds.")


def cross_entropy(rows: Array, classes: Array) -> tuple[Array, Array, Array]:
    refuse(classes, first_missing(classes, rows.shape[1]))
    losses, largest, sums = np.empty((3, len(rows)), np.float32)
    args = rows, classes, losses, largest, sums
    each_cross_entropy(*args, len(rows), rows.size * EXPONENTIAL)
    return losses, largest, sums


@shared
def each_cross_entropy(
    rows: Array, classes: Array, losses: Array, largest: Array, sums: Array, start: int, stop: int
) -> None:
    for i in range(start, stop):
        row = rows[i]
        most = _largest_number(row)
        total = np.float32(0)
        for j in range(row.size):
            total += exp_below_0(row[j] - most)
        losses[i] = log(total) - (row[classes[i]] - most)
        largest[i], sums[i] = most, total


def cross_entropy_backward(rows: Array, classes: Array, largest: Array, sums: Array, grad: Array) -> Array:
    refuse(classes, first_missing(classes, rows.shape[1]))
    back = np.empty_like(rows)
    args = rows, classes, largest, sums, grad, back
    each_cross_entropy_backward(*args, len(rows), rows.size * EXPONENTIAL)
    return back


@shared
def each_cross_entropy_backward(
    rows: Array,
    classes: Array,
    largest: Array,
    sums: Array,
    grad: Array,
    back: Array,
    start: int,
    stop: int,
) -> None:
    for i in range(start, stop):
        row, made = rows[i], back[i]
        most, share = largest[i], grad[i] / sums[i]
        for j in range(row.size):
            made[j] = exp_below_0(row[j] - most) * share
        made[classes[i]] -= grad[i]
