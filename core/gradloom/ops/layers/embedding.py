"""Looking up rows of a table, and adding up what flows back to each row."""

from __future__ import annotations

import math

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.kernels.adding import rows_at, sums_by_place
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Shape


@op(
    samples=[
        sample(integers(6), floats(5, 3), -1),
        sample(np.array([[0, 4], [1, 0]]), floats(5, 3), 2),
        sample(integers(), floats(5, 3), -1),
    ],
    meeting="as_is",
    method=False,
)
def embedding(input: Value, weight: Value, padding_idx: int = -1, scale_grad_by_freq: bool = False) -> Value:
    """The rows of `weight` that `input` numbers.

    Shapes: input (...) of integers, weight (rows, d); the result is (..., d). No gradient goes to row
    `padding_idx`. With `scale_grad_by_freq` a row's gradient is divided by how often it is named.
    """
    if input.dtype.kind not in "iu":
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
            f"but got gradloom.{legacy_name(input.dtype)}Tensor instead (while checking arguments for "
            "embedding)"
        )
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    return rows_at(weight, input)


@embedding.gradient("weight")
def _(grad: Value, input: Value, weight_shape: Shape, padding_idx: int, scale_grad_by_freq: bool) -> Value:
    numbers, rows = raw(input), weight_shape[0]
    sums = embedding_sums(grad, numbers, rows, padding_idx)
    if not scale_grad_by_freq:
        return sums
    counts = np.maximum(np.bincount(numbers.reshape(-1), minlength=rows), 1)
    return sums / counts[:, None].astype(raw(sums).dtype)


@op(samples=[sample(floats(2, 2, 3), np.array([[0, 4], [1, 0]]), 5, 1)], method=False)
def embedding_sums(output: Value, numbers: Array, rows: int, padding_idx: int) -> Value:
    """For each row of a table the sum of what stands in `output` where `numbers` names that row."""
    flat = numbers.reshape(-1)
    values = output.reshape(flat.size, math.prod(output.shape[numbers.ndim :]))
    sums = sums_by_place(values, flat, rows)
    if padding_idx >= 0:
        sums[padding_idx] = 0
    return sums


@embedding_sums.gradient("output")
def _(grad: Value, numbers: Array, padding_idx: int) -> Value:
    if padding_idx < 0:
        return embedding(numbers, grad, padding_idx)
    counted = (numbers != padding_idx)[..., None]
    return embedding(numbers, grad, padding_idx) * counted
