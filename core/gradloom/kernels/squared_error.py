"""The mean squared difference of two arrays, and how its gradient goes back."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled, floats


def _alike(x: Array, target: Array) -> bool:
    return floats(x, target) and x.shape == target.shape and x.size > 0


@compiled(when=_alike)
def mean_squared_error(x: Array, target: Array) -> Array:
    """The mean of (x - target)^2, with broadcasting."""
    difference = np.asarray(x - target)
    return np.asarray((difference * difference).mean())


def _alike_with_gradient(grad: Array, x: Array, target: Array) -> bool:
    return _alike(x, target) and floats(grad)


@compiled(when=_alike_with_gradient)
def mean_squared_error_backward(grad: Array, x: Array, target: Array) -> Array:
    """The gradient of x, given that of its `mean_squared_error`, before broadcasting is undone."""
    difference = np.asarray(x - target)
    return np.asarray(grad / difference.size * (2.0 * difference))
