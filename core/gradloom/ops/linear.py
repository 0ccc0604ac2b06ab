"""The affine map of a fully connected layer, as one op."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.kernels.product import product
from gradloom.ops.matmul import matmul
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape


def _explain(args: Sequence[Any]) -> str | None:
    given, weight, bias = args
    if weight.ndim == 2 and given.ndim and given.shape[-1] != weight.shape[1]:
        rows = int(np.prod(given.shape[:-1]))
        return (
            "mat1 and mat2 shapes cannot be multiplied "
            f"({rows}x{given.shape[-1]} and {weight.shape[1]}x{weight.shape[0]})"
        )
    if bias is not None and bias.shape not in ((), weight.shape[:1]):
        return f"linear(): a bias of shape {list(bias.shape)} does not fit {weight.shape[0]} output features"
    return None


@op(
    samples=[
        sample(floats(5, 4), floats(3, 4), floats(3)),
        sample(floats(2, 5, 4), floats(3, 4), floats(3)),
        sample(floats(4), floats(3, 4), None),
    ],
    explain=_explain,
    method=False,
)
def linear(input: Value, weight: Value, bias: Value | None = None) -> Value:
    """`input @ weight.T + bias`.

    Shapes: input (..., in), weight (out, in), bias (out); the result is (..., out).
    """
    # One product of two matrices: NumPy would multiply a stack of small ones separately.
    flat = input.reshape(-1, input.shape[-1]) if input.ndim > 2 else input
    out = product(flat, weight.T)
    if bias is not None:
        out += bias
    return out.reshape(*input.shape[:-1], weight.shape[0]) if input.ndim > 2 else out


@linear.gradient("input")
def _(grad: Value, weight: Value) -> Value:
    return matmul(grad, weight)


@linear.gradient("weight")
def _(grad: Value, input: Value, weight_shape: Shape) -> Value:
    outputs, inputs = weight_shape
    return matmul(grad.reshape(-1, outputs).T, input.reshape(-1, inputs))


@linear.gradient("bias")
def _(grad: Value, weight_shape: Shape) -> Value:
    return grad.reshape(-1, weight_shape[0]).sum(0)
