"""What reductions that pick one element along a dim share: taking it, and putting its gradient back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.picking import picked
from gradloom.ops.movement.selection import gathered_back
from gradloom.ops.movement.views import unsqueeze
from gradloom.ops.op import Value, raw
from gradloom.ops.shapes import Shape, one_dim

Find = Callable[[Array, int], Array]


def picked_along(input: Array, dim: int, keepdim: bool, find: Find, name: str) -> tuple[Array, Array]:
    """The elements that `find` finds along a dim, and where they are.

    IndexError, in the name of the function called `name`, if there are none.
    """
    at = one_dim(dim, input.ndim)
    if not input.ndim:
        return input.copy(), np.zeros((), np.int64)
    if not input.shape[at]:
        raise IndexError(f"{name}(): Expected reduction dim {at} to have non-zero size.")
    indices = np.expand_dims(find(input, at), at)
    values = picked(input, indices, at)
    return (values, indices) if keepdim else (values.squeeze(at), indices.squeeze(at))


def put_back(grad: Value, shape: Shape, dim: int, keepdim: bool, indices: Value) -> Value:
    """The gradient of what was picked along `dim`, at the places it was picked from."""
    places = raw(indices)
    if not keepdim and shape:
        at = one_dim(dim, len(shape))
        grad, places = unsqueeze(grad, at), np.expand_dims(places, at)
    return gathered_back(grad, shape, dim, places)
