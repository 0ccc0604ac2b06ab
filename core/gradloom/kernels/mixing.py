"""One dimension of an array multiplied by a matrix: every new position a weighted sum of the old ones."""

from __future__ import annotations

import math

import numpy as np

from gradloom.dtypes import Array


def mixes(array: Array) -> bool:
    """Whether a matrix may be used: its zeros would turn inf and nan elsewhere into nan here."""
    return array.dtype.kind == "f" and math.isfinite(float(array.sum()))


def mix(array: Array, axis: int, matrix: Array) -> Array:
    """`matrix`, (new, old), times `array` along `axis`."""
    new, old = matrix.shape
    trail = math.prod(array.shape[axis + 1 :])
    shape = (*array.shape[:axis], new, *array.shape[axis + 1 :])
    if trail == 1:
        product = np.matmul(array.reshape(-1, old), np.ascontiguousarray(matrix.T))
    else:
        product = np.matmul(matrix, array.reshape(math.prod(array.shape[:axis]), old, trail))
    return np.reshape(product, shape)
