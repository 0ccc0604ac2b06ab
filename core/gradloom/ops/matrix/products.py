"""Sums of products: batched, added, and over chosen dims."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import of_array
from gradloom.ops.elementwise.complex import conjugate
from gradloom.ops.matrix.matmul import matmul, mm, outer
from gradloom.ops.movement.diagonals import diagonal
from gradloom.ops.movement.views import transpose, unsqueeze
from gradloom.ops.op import Value, composite, raw
from gradloom.ops.sample import complexes, floats, sample


def _blend(input: Value, product: Value, beta: float, alpha: float) -> Value:
    """beta * input + alpha * product; with beta 0 what is in input, nan too, does not count."""
    if raw(product).dtype.kind in "iub":
        beta, alpha = (type(raw(product).dtype.type(0).item())(each) for each in (beta, alpha))
    scaled = product if alpha == 1 else product * alpha
    if beta == 0:
        return scaled + np.zeros(np.shape(raw(input)), raw(input).dtype)
    return (input if beta == 1 else input * beta) + scaled


@composite(samples=[sample(floats(3, 2), floats(3, 4), floats(4, 2), beta=0.5, alpha=2.0)], inplace=True)
def addmm(input: Value, mat1: Value, mat2: Value, *, beta: float = 1, alpha: float = 1) -> Value:
    """beta * input + alpha * (mat1 @ mat2)."""
    return _blend(input, mm(mat1, mat2), beta, alpha)


@composite(samples=[sample(floats(3), floats(3, 4), floats(4))], inplace=True)
def addmv(input: Value, mat: Value, vec: Value, *, beta: float = 1, alpha: float = 1) -> Value:
    """beta * input + alpha * (mat @ vec)."""
    return _blend(input, matmul(mat, vec), beta, alpha)


@composite(samples=[sample(floats(3, 4), floats(3), floats(4))], inplace=True)
def addr(input: Value, vec1: Value, vec2: Value, *, beta: float = 1, alpha: float = 1) -> Value:
    """beta * input + alpha * the outer product of both vectors."""
    return _blend(input, outer(vec1, vec2), beta, alpha)


@composite(samples=[sample(floats(2, 3, 2), floats(2, 3, 4), floats(2, 4, 2))], inplace=True)
def baddbmm(input: Value, batch1: Value, batch2: Value, *, beta: float = 1, alpha: float = 1) -> Value:
    """beta * input + alpha * (batch1 @ batch2), matrix by matrix."""
    return _blend(input, matmul(batch1, batch2), beta, alpha)


@composite(samples=[sample(floats(3, 2), floats(2, 3, 4), floats(2, 4, 2))], inplace=True)
def addbmm(input: Value, batch1: Value, batch2: Value, *, beta: float = 1, alpha: float = 1) -> Value:
    """beta * input + alpha * the sum of all batch1 @ batch2."""
    return _blend(input, matmul(batch1, batch2).sum(0, dtype=of_array(raw(batch1))), beta, alpha)


@composite(samples=[sample(floats(4), floats(4)), sample(complexes(3), complexes(3))])
def vdot(input: Value, other: Value) -> Value:
    """The inner product of two vectors, of which the first is conjugated."""
    return matmul(conjugate(input), other)


@composite(samples=[sample(floats(2, 3), floats(4, 3)), sample(floats(3), floats(3))])
def inner(input: Value, other: Value) -> Value:
    """The sums of products over the last dims of both; for a number the product."""
    if not np.ndim(raw(input)) or not np.ndim(raw(other)):
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}"
        )
    flat = other.reshape((-1, other.shape[-1]))
    product = matmul(input, transpose(flat, 0, 1))
    return product.reshape((*input.shape[:-1], *other.shape[:-1]))


@composite(samples=[sample([floats(3, 2), floats(2, 4), floats(4, 3)])], method=False)
def linalg_multi_dot(tensors: Any) -> Value:
    """The product of several matrices in the order that takes fewest steps; the ends may be vectors."""
    given = list(tensors)
    if len(given) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(given)}")
    row, column = given[0].ndim == 1, given[-1].ndim == 1
    if row:
        given[0] = unsqueeze(given[0], 0)
    if column:
        given[-1] = unsqueeze(given[-1], -1)
    for at, each in enumerate(given):
        if each.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {at} must be 2D but got {each.ndim}D")
        if at and given[at - 1].shape[1] != each.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {at - 1} and {at} with shapes {list(given[at - 1].shape)} and "
                f"{list(each.shape)} cannot be multiplied"
            )
    product = _chained(
        given, _cheapest([each.shape[0] for each in given] + [given[-1].shape[1]]), 0, len(given) - 1
    )
    product = product[0] if row else product
    return product[..., 0] if column else product


def _cheapest(sizes: list[int]) -> list[list[int]]:
    """Where to split each stretch of the chain: Cormen et al., "Introduction to Algorithms", 15.2."""
    count = len(sizes) - 1
    cost = [[0] * count for _ in range(count)]
    split = [[0] * count for _ in range(count)]
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            options = [
                cost[first][at] + cost[at + 1][last] + sizes[first] * sizes[at + 1] * sizes[last + 1]
                for at in range(first, last)
            ]
            cost[first][last] = min(options)
            split[first][last] = first + options.index(min(options))
    return split


def _chained(matrices: list[Value], split: list[list[int]], first: int, last: int) -> Value:
    if first == last:
        return matrices[first]
    at = split[first][last]
    return matmul(_chained(matrices, split, first, at), _chained(matrices, split, at + 1, last))


@composite(samples=[sample(floats(3, 2), floats(2, 4))], method=False)
def chain_matmul(*matrices: Any) -> Value:
    """The product of several matrices, in the order of multiplications that takes fewest."""
    return matrices[0] if len(matrices) == 1 else linalg_multi_dot(matrices)


@composite(samples=[sample(floats(2, 3), floats(2, 3))], method=False)
def linalg_cross(input: Value, other: Value, *, dim: int = -1) -> Value:
    """The cross product of vectors in three dimensions, along `dim`."""
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if input.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[dim]} and "
            f"{other.shape[dim]}"
        )
    return input.roll(-1, dim) * other.roll(-2, dim) - input.roll(-2, dim) * other.roll(-1, dim)


@composite(samples=[sample(floats(2, 3), floats(2, 3))])
def cross(input: Value, other: Value, dim: int | None = None) -> Value:
    """The cross product along `dim`, or along the first dim of size 3."""
    if dim is None:
        sizes = np.broadcast_shapes(tuple(input.shape), tuple(other.shape))
        if 3 not in sizes:
            raise RuntimeError("no dimension of size 3 in input")
        dim = sizes.index(3)
    return linalg_cross(input, other, dim=dim)


@composite(samples=[sample(floats(2, 3), floats(2, 3)), sample(complexes(3), complexes(3))], method=False)
def linalg_vecdot(x: Value, y: Value, *, dim: int = -1) -> Value:
    """The inner products along `dim`; x is conjugated."""
    return (conjugate(x) * y).sum(dim)


@composite(samples=[sample(floats(3), N=4)], method=False)
def linalg_vander(x: Value, *, N: int | None = None) -> Value:
    """The powers 0 to N - 1 of each element, in a new last dim."""
    count = (x.shape[-1] if x.ndim else 1) if N is None else N
    return (x[..., None] if x.ndim else x.reshape((1, 1))) ** np.arange(count)


@composite(samples=[sample(floats(2, 3, 3))], method=False)
def linalg_diagonal(A: Value, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Value:
    """A view of the diagonals of the last two dims, or of two others."""
    return diagonal(A, offset, dim1, dim2)
