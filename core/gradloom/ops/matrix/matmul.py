"""Products of matrices and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name, native_name
from gradloom.kernels.product import product, product_backward
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.movement.views import transpose, unsqueeze
from gradloom.ops.op import Value, composite, op
from gradloom.ops.sample import floats, sample


def _explain_types(input: Array, other: Array) -> str:
    names = [legacy_name(each.dtype) for each in (input, other)]
    if input.ndim == other.ndim == 1:
        return f"dot : expected both vectors to have same dtype, but found {names[0]} and {names[1]}"
    if input.ndim > 2 and other.ndim > 2:
        return f"expected scalar type {names[0]} but found {names[1]}"
    if other.ndim == 1:
        mat, vec = names
        return f"addmv input tensors must have the same dtype, but got {vec}, {mat}, and {vec}"
    native = [native_name(each.dtype) for each in (input, other)]
    return f"expected m1 and m2 to have the same dtype, but got: {native[0]} != {native[1]}"


def _explain(values: Sequence[Any]) -> str | None:
    if all(isinstance(value, np.ndarray) for value in values) and values[0].dtype != values[1].dtype:
        return _explain_types(values[0], values[1])
    a, b = (np.shape(value) for value in values[:2])
    if not a or not b:
        return f"both arguments to matmul need to be at least 1D, but they are {len(a)}D and {len(b)}D"
    inner = b[-2] if len(b) > 1 else b[0]
    if a[-1] != inner:
        if len(a) == 1 and len(b) == 1:
            return (
                f"inconsistent tensor size, expected tensor [{a[0]}] and src [{b[0]}] "
                "to have the same number of elements"
            )
        if len(a) > 2 and len(b) > 2:
            return (
                f"Expected size for first two dimensions of batch2 tensor to be: [{b[0]}, {a[-1]}] but got: "
                f"[{b[0]}, {b[-2]}]."
            )
        if len(b) == 1 and len(a) == 2:
            return f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})"
        first = f"{int(np.prod(a[:-1]))}x{a[-1]}"
        second = f"{inner}x{b[-1] if len(b) > 1 else 1}"
        return f"mat1 and mat2 shapes cannot be multiplied ({first} and {second})"
    return (
        f"The size of tensor a ({a[0]}) must match the size of tensor b ({b[0]}) at non-singleton dimension 0"
    )


@op(
    samples=[
        sample(floats(3, 4), floats(4, 2)),
        sample(floats(4), floats(4)),
        sample(floats(4), floats(4, 2)),
        sample(floats(3, 4), floats(4)),
        sample(floats(2, 3, 4), floats(4, 2)),
        sample(floats(2, 1, 3, 4), floats(5, 4, 2)),
        sample(floats(4), floats(5, 4, 2)),
        sample(floats(5, 3, 4), floats(4)),
    ],
    meeting="same",
    explain=_explain,
)
def matmul(input: Value, other: Value) -> Value:
    """The matrix product over the last two dims, the others broadcast; vectors count as rows or columns."""
    return product(input, other)


@matmul.gradient("input")
def _to_input(grad: Value, other: Value, input_shape: tuple[int, ...]) -> Value:
    turned = conjugate(other)
    if other.ndim == 1:
        return unsqueeze(grad, -1) * turned
    if len(input_shape) == 1:
        return matmul(turned, unsqueeze(grad, -1))[..., 0]
    return matmul(grad, transpose(turned, -1, -2))


@matmul.gradient("other")
def _to_other(grad: Value, input: Value, other_shape: tuple[int, ...]) -> Value:
    turned = conjugate(input)
    if input.ndim == 1:
        if len(other_shape) == 1:
            return unsqueeze(grad, -1) * turned
        return unsqueeze(turned, -1) * unsqueeze(grad, -2)
    if len(other_shape) == 1:
        return matmul(transpose(turned, -1, -2), unsqueeze(grad, -1))[..., 0]
    return matmul(transpose(turned, -1, -2), grad)


@matmul.together("input", "other")
def _(grad: Value, input: Value, other: Value) -> tuple[Value, Value]:
    if type(grad) is np.ndarray and input.ndim == 2 == other.ndim:
        return product_backward(grad, conjugate(input), conjugate(other))
    return _to_input(grad, other, input.shape), _to_other(grad, input, other.shape)


def _of_rank(name: str, rank: int, *values: Value) -> None:
    for place, value in enumerate(values):
        if value.ndim != rank:
            what = {1: "1D tensors", 2: "a matrix", 3: "a 3D tensor"}[rank]
            raise RuntimeError(f"{name}: argument {place + 1} must be {what}, got {value.ndim}D")


@composite(samples=[sample(floats(3, 4), floats(4, 2))])
def mm(input: Value, mat2: Value) -> Value:
    """The product of two matrices."""
    _of_rank("mm", 2, input, mat2)
    return matmul(input, mat2)


@composite(samples=[sample(floats(2, 3, 4), floats(2, 4, 2))])
def bmm(input: Value, mat2: Value) -> Value:
    """The products of two batches of matrices."""
    _of_rank("bmm", 3, input, mat2)
    if input.shape[0] != mat2.shape[0]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{input.shape[0]}, "
            f"{input.shape[2]}] but got: [{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    return matmul(input, mat2)


@composite(samples=[sample(floats(3, 4), floats(4))])
def mv(input: Value, vec: Value) -> Value:
    """A matrix times a vector."""
    _of_rank("mv", 2, input)
    _of_rank("mv", 1, vec)
    return matmul(input, vec)


@composite(samples=[sample(floats(4), floats(4))])
def dot(input: Value, tensor: Value) -> Value:
    """The inner product of two vectors."""
    _of_rank("dot", 1, input, tensor)
    return matmul(input, tensor)


@composite(samples=[sample(floats(3), floats(4))])
def outer(input: Value, vec2: Value) -> Value:
    """The outer product of two vectors."""
    _of_rank("outer", 1, input, vec2)
    return unsqueeze(input, 1) * vec2
