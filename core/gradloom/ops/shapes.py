"""Dimensions and shapes: the arithmetic that ops share, with PyTorch's sentences where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Dims = int | Sequence[int] | None
Shape = tuple[int, ...]


def one_dim(dim: int, ndim: int) -> int:
    """`dim` counted from the front; IndexError if there is none such. A 0-dim tensor has dim 0 and -1."""
    span = ndim or 1
    if not -span <= dim < span:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})"
        )
    return dim % span


def all_dims(dim: Dims, ndim: int) -> tuple[int, ...]:
    """The dims that a reduction over `dim` runs over: all of them for None or an empty sequence."""
    if dim is None:
        return tuple(range(ndim))
    if isinstance(dim, (int, np.integer)):
        return (one_dim(int(dim), ndim),) if ndim else ()
    dims = tuple(one_dim(int(each), ndim) for each in dim)
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"dim {max(dims, key=dims.count)} appears multiple times in the list of dims")
    if not ndim:
        return ()
    return dims or tuple(range(ndim))


def kept_shape(shape: Sequence[int], dims: Sequence[int]) -> Shape:
    """`shape` with size 1 at `dims`."""
    return tuple(1 if at in dims else size for at, size in enumerate(shape))


def explain_broadcast(values: Sequence[Any]) -> str | None:
    """PyTorch's sentence about two shapes that do not broadcast; None if they do."""
    shapes = [np.shape(value) for value in values if isinstance(value, np.ndarray)]
    for first, second in pairwise(shapes):
        longest = max(len(first), len(second))
        ones = [(1,) * (longest - len(shape)) + shape for shape in (first, second)]
        for at in reversed(range(longest)):
            a, b = ones[0][at], ones[1][at]
            if a != b and 1 not in (a, b):
                return (
                    f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton "
                    f"dimension {at}"
                )
    return None
