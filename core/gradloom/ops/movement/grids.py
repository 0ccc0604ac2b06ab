"""Grids, pairs and blocks: every element of one tensor beside every element of others."""

from __future__ import annotations

import math
from itertools import combinations as tuples_of
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from gradloom.ops.movement.joining import cat, constant_pad, stack
from gradloom.ops.movement.selection import index_select
from gradloom.ops.movement.views import expand, permute, reshape, spread_out
from gradloom.ops.op import Value, composite
from gradloom.ops.sample import floats, sample


@composite(
    samples=[sample([floats(2), floats(3)]), sample([floats(2), floats(3)], indexing="xy")], method=False
)
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Value, ...]:
    """A grid of each vector's values over all others; "xy" swaps the first two dims."""
    given = spread_out(tensors)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for each in given:
        if each.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {each}")
        if each.dtype != given[0].dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    sizes = tuple([math.prod(each.shape) for each in given])
    grids = []
    for place, each in enumerate(given):
        shape = tuple([size if at == place else 1 for at, size in enumerate(sizes)])
        grids.append(expand(reshape(each, shape), sizes))
    if indexing == "ij" or len(grids) < 2:
        return tuple(grids)
    return tuple([permute(grid, (1, 0, *range(2, len(sizes)))) for grid in grids])


def _vector(tensor: Value) -> Value:
    if tensor.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(tensor.shape)}")
    return tensor


@composite(samples=[sample(floats(2), floats(3)), sample(floats(2))], method=False)
def cartesian_prod(*tensors: Any) -> Value:
    """All ways to pick one element of each vector, one row each."""
    given = [_vector(each) for each in spread_out(tensors)]
    if len(given) == 1:
        return given[0]
    return stack([reshape(grid, (-1,)) for grid in meshgrid(*given)], 1)


@composite(samples=[sample(floats(4)), sample(floats(3), 3, True)])
def combinations(input: Value, r: int = 2, with_replacement: bool = False) -> Value:
    """All ways to pick `r` elements of a vector, in order, one row each."""
    _vector(input)
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if not r:
        return index_select(input, 0, np.empty(0, np.int64))
    choose = combinations_with_replacement if with_replacement else tuples_of
    places = np.array(list(choose(range(input.shape[0]), r)), np.int64).reshape(-1, r)
    return reshape(index_select(input, 0, places.reshape(-1)), places.shape)


@composite(samples=[sample(floats(2, 3), floats(2), floats())], method=False)
def block_diag(*tensors: Any) -> Value:
    """A matrix with these matrices along its diagonal, zeros elsewhere; a vector is one row."""
    for place, each in enumerate(tensors):
        if each.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input "
                f"{place} has {each.ndim} dimensions"
            )
    blocks = [reshape(each, (1, -1)) if each.ndim < 2 else each for each in tensors]
    width, before, rows = sum(block.shape[1] for block in blocks), 0, []
    for block in blocks:
        rows.append(constant_pad(block, (before, width - before - block.shape[1])))
        before += block.shape[1]
    return cat(rows, 0)


@composite(samples=[sample(floats(2, 3), floats(2, 2)), sample(floats(2), floats(3, 2))])
def kron(input: Value, other: Value) -> Value:
    """The Kronecker product: every element of `input` times the whole of `other`, in its place."""
    ndim = max(input.ndim, other.ndim)
    first = (1,) * (ndim - input.ndim) + tuple(input.shape)
    second = (1,) * (ndim - other.ndim) + tuple(other.shape)
    ones = (1,) * ndim
    left = reshape(input, [size for pair in zip(first, ones, strict=True) for size in pair])
    right = reshape(other, [size for pair in zip(ones, second, strict=True) for size in pair])
    return reshape(left * right, [one * two for one, two in zip(first, second, strict=True)])


@composite(samples=[sample(floats(3)), sample(floats(3), 2, True)], method=False)
def vander(x: Value, N: int | None = None, increasing: bool = False) -> Value:
    """The powers of a vector's elements as columns, from the highest or with `increasing` from the lowest."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.shape[0] if N is None else N
    powers = np.arange(count) if increasing else np.arange(count)[::-1]
    return reshape(x, (-1, 1)) ** powers
