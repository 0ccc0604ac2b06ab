"""The affine map of a fully connected layer, as one op, and the one that weighs two inputs pair by pair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name, native_name
from gradloom.kernels.product import affine, affine_backward
from gradloom.kernels.rows import column_sums
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.matrix.matmul import matmul
from gradloom.ops.op import Value, composite, op
from gradloom.ops.sample import floats, sample


def _explain_types(given: Array, weight: Array, bias: Array | None) -> str | None:
    names = [legacy_name(each.dtype) for each in (given, weight)]
    if bias is not None and bias.dtype != weight.dtype:
        return f"self and mat2 must have the same dtype, but got {legacy_name(bias.dtype)} and {names[1]}"
    if names[0] == names[1]:
        return None
    if bias is not None:
        return f"mat1 and mat2 must have the same dtype, but got {names[0]} and {names[1]}"
    native = [native_name(each.dtype) for each in (given, weight)]
    return f"expected m1 and m2 to have the same dtype, but got: {native[0]} != {native[1]}"


def _explain(args: Sequence[Any]) -> str | None:
    given, weight, bias = args
    if mixed := _explain_types(given, weight, bias):
        return mixed
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
    meeting="same",
    explain=_explain,
    method=False,
)
def linear(input: Value, weight: Value, bias: Value | None = None) -> Value:
    """`input @ weight.T + bias`.

    Shapes: input (..., in), weight (out, in), bias (out); the result is (..., out).
    """
    # One product of two matrices: NumPy would multiply a stack of small ones separately.
    flat = _rows(input) if input.ndim > 2 else input
    out = affine(flat, weight, bias)
    return out.reshape(*input.shape[:-1], weight.shape[0]) if input.ndim > 2 else out


def _rows(value: Value) -> Value:
    """One matrix; a size of -1 could not be told where rows are empty."""
    return value.reshape(math.prod(value.shape[:-1]), value.shape[-1])


# First as in PyTorch, whose order is seen in `next_functions` and in which hooks of parameters are called.
@linear.gradient("bias")
def _(grad: Value) -> Value:
    rows = _rows(grad)
    return column_sums(rows) if type(rows) is np.ndarray else rows.sum(0)


@linear.gradient("input")
def _(grad: Value, weight: Value) -> Value:
    return matmul(grad, conjugate(weight))


@linear.gradient("weight")
def _(grad: Value, input: Value) -> Value:
    return matmul(_rows(grad).T, _rows(conjugate(input)))


@linear.together("bias", "weight")
def _(grad: Value, input: Value) -> tuple[Value, ...]:
    rows, given = _rows(grad), _rows(conjugate(input))
    if type(rows) is np.ndarray:
        _, to_weight, to_bias = affine_backward(rows, given, None, True)
        return to_bias, to_weight
    return rows.sum(0), matmul(rows.T, given)


@linear.together("input", "weight")
def _(grad: Value, input: Value, weight: Value) -> tuple[Value, ...]:
    return _gradients(grad, input, weight, False)[1:]


@linear.together("bias", "input", "weight")
def _(grad: Value, input: Value, weight: Value) -> tuple[Value, ...]:
    return _gradients(grad, input, weight, True)


def _gradients(grad: Value, input: Value, weight: Value, biased: bool) -> tuple[Value, ...]:
    rows, given = _rows(grad), _rows(conjugate(input))
    turned = conjugate(weight)
    if type(rows) is np.ndarray:
        to_rows, to_weight, to_bias = affine_backward(rows, given, turned, biased)
        assert to_rows is not None
        return to_bias, to_rows.reshape(input.shape), to_weight
    return rows.sum(0), matmul(grad, turned), matmul(rows.T, given)


@composite(
    samples=[
        sample(floats(4, 2), floats(4, 3), floats(5, 2, 3), floats(5)),
        sample(floats(2), floats(3), floats(4, 2, 3)),
    ],
    method=False,
)
def bilinear(input1: Value, input2: Value, weight: Value, bias: Value | None = None) -> Value:
    """For each output the sum of input1[i] * weight[o, i, j] * input2[j], plus a bias.

    Shapes: (..., i), (..., j), weight (o, i, j), bias (o); the result is (..., o). RuntimeError where they do
    not fit.
    """
    outputs, first, second = weight.shape
    _check_pair(input1, input2, weight)
    # One matrix product over all pairs of output and j, then a small one for each sample.
    along = input1.reshape(-1, first) @ weight.permute(1, 0, 2).reshape(first, outputs * second)
    out = along.reshape(-1, outputs, second) @ input2.reshape(-1, second, 1)
    out = out.reshape(*input1.shape[:-1], outputs)
    return out if bias is None else out + bias


def _check_pair(input1: Value, input2: Value, weight: Value) -> None:
    if input1.ndim != input2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}")
    for at, (one, other) in enumerate(zip(input1.shape[:-1], input2.shape[:-1], strict=True)):
        if one != other:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {at}: got {one} and {other}"
            )
    for at, given in enumerate((input1, input2), 1):
        if given.shape[-1] != weight.shape[at]:
            raise RuntimeError(
                f"bilinear(): input{at} size does not match weight size: got {given.shape[-1]} but expected "
                f"{weight.shape[at]}"
            )
