"""Rows taken out of a tensor, and put into a larger one: each the gradient of the other."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape

_ROWS = np.array([3, 0, 4])


@op(samples=[sample(floats(5, 2), _ROWS)], method=False, moves=True)
def take_rows(input: Value, rows: Array) -> Value:
    """The rows of `input` that `rows` numbers, each at most once."""
    return input[rows]


@take_rows.gradient("input")
def _(grad: Value, rows: Array, input_shape: Shape) -> Value:
    return place_rows(grad, rows, input_shape[0])


@op(samples=[sample(floats(3, 2), _ROWS, 5, 1.5)], method=False, moves=True)
def place_rows(input: Value, rows: Array, count: int, fill: float = 0.0) -> Value:
    """`count` rows: those of `input` at the places that `rows` numbers, and `fill` everywhere else."""
    out = np.full((count, *input.shape[1:]), fill, input.dtype)
    out[rows] = input
    return out


@place_rows.gradient("input")
def _(grad: Value, rows: Array) -> Value:
    return take_rows(grad, rows)
