"""What the families of linear algebra share: adjoints, triangles, and what they ask of their arguments."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.movement.diagonals import tril, triu
from gradloom.ops.movement.views import transpose
from gradloom.ops.op import Value, raw


def ctranspose(matrix: Value) -> Value:
    """The conjugate transpose."""
    return conjugate(transpose(matrix, -2, -1))


def lower(matrix: Value, diagonal: int = 0) -> Value:
    """The lower triangle, up to this diagonal."""
    return tril(matrix, diagonal)


def upper(matrix: Value, diagonal: int = 0) -> Value:
    """The upper triangle, from this diagonal on."""
    return triu(matrix, diagonal)


def unit(matrix: Value) -> Array:
    """The identity of the size and dtype of a square matrix."""
    return np.eye(matrix.shape[-1], dtype=raw(matrix).dtype)


def embedded(vector: Value) -> Value:
    """The square matrix with `vector` on its diagonal."""
    return vector[..., None] * np.eye(vector.shape[-1], dtype=raw(vector).dtype)


def diagonal_of(matrix: Value) -> Value:
    """The diagonal of square matrices."""
    return (matrix * unit(matrix)).sum(-1)


def or_zeros(grad: Value | None, like: Value) -> Value:
    """A gradient, or zeros where there is none."""
    return np.zeros(tuple(like.shape), raw(like).dtype) if grad is None else grad


def numeric(name: str, matrix: Value) -> None:
    """RuntimeError unless the matrix is floating point or complex."""
    dtype = raw(matrix).dtype
    if dtype.kind not in "fcV":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {legacy_name(dtype)}"
        )


def of_matrices(name: str, matrix: Value, letter: str = "A") -> None:
    """RuntimeError unless the value has at least two dims."""
    if matrix.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {letter} must have at least 2 dimensions.")


def of_squares(name: str, matrix: Value, letter: str = "A") -> None:
    """RuntimeError unless the value is a batch of square matrices of a dtype that can be factorized."""
    of_matrices(name, matrix, letter)
    m, n = matrix.shape[-2:]
    if m != n:
        raise RuntimeError(
            f"{name}: {letter} must be batches of square matrices, but they are {m} by {n} matrices"
        )
    numeric(name, matrix)
