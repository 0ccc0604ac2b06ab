"""Dimensions and shapes: the arithmetic that ops share, with PyTorch's sentences where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.size import Size

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
    dims = listed_dims(dim, ndim)
    if not ndim:
        return ()
    return dims or tuple(range(ndim))


def listed_dims(dims: Sequence[int], ndim: int) -> tuple[int, ...]:
    """`dims` counted from the front; RuntimeError if one of them comes twice."""
    found = tuple([one_dim(int(each), ndim) for each in dims])
    if len(set(found)) != len(found):
        raise RuntimeError(f"dim {max(found, key=found.count)} appears multiple times in the list of dims")
    return found


def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """The shape that tensors of these shapes broadcast to; an integer stands for a shape of one dim."""
    result: list[int] = []
    for place, given in enumerate(shapes):
        shape = (given,) if isinstance(given, int) else tuple(given)
        if any(size < 0 for size in shape):
            raise ValueError("Attempting to broadcast a dimension with negative length!")
        result = [1] * (len(shape) - len(result)) + result
        for at, size in enumerate(reversed(shape), 1):
            if size != 1 and result[-at] not in (1, size):
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {size} at {-at}! Mismatching argument at "
                    f"index {place} had {shape}; but expected shape should be broadcastable to {result}"
                )
            if size != 1:
                result[-at] = size
    return Size(result)


def kept_shape(shape: Sequence[int], dims: Sequence[int]) -> Shape:
    """`shape` with size 1 at `dims`."""
    return tuple(1 if at in dims else size for at, size in enumerate(shape))


def shaped(array: Array, shape: Shape) -> Array:
    """`array` in `shape`, itself if it has that, since a leaf copies a gradient that is a view."""
    return array if array.shape == shape else array.reshape(shape)


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


def no_such_call(name: str, *given: Any) -> TypeError:
    """PyTorch's error for arguments that fit none of the ways to call a function."""
    kinds = [_kind_of(each) for each in given if each is not None]
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(kinds)}), but expected one "
        f"of:\n * a way to call it that help({name}) shows"
    )


def _kind_of(value: Any) -> str:
    return "Tensor" if hasattr(value, "ndim") and hasattr(value, "dtype") else type(value).__name__
