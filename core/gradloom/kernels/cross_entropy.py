"""The mean cross-entropy of scores and class numbers, and how its gradient goes back."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import rows as kernel
from gradloom.kernels.counterpart import compiled, floats


def _with_classes(rows: Array, classes: Array, ignored: int, *others: Array) -> bool:
    return classes.dtype == np.int64 and classes.flags.c_contiguous and floats(rows, *others)


@compiled(when=_with_classes)
def mean_cross_entropy(rows: Array, classes: Array, ignored: int) -> tuple[Array, Array, Array]:
    """The mean of -log(softmax(row)[class]) over rows whose class is not `ignored`, nan if there are none.

    Also each row's largest number, and the sum of exp(row - largest). IndexError if there is no such class.
    """
    counted = classes != ignored
    picked = np.where(counted, classes, 0)
    losses, largest, sums = kernel.cross_entropy(rows, picked)
    total = np.add.reduce(losses, where=counted)
    return np.asarray(np.divide(total, counted.sum(), dtype=rows.dtype)), largest, sums


@compiled(when=_with_classes)
def mean_cross_entropy_backward(
    rows: Array, classes: Array, ignored: int, largest: Array, sums: Array, grad: Array
) -> Array:
    """The gradient of the rows, given that of their `mean_cross_entropy`."""
    counted = classes != ignored
    pull = np.where(counted, np.divide(grad, counted.sum(), dtype=rows.dtype), rows.dtype.type(0))
    return kernel.cross_entropy_backward(rows, np.where(counted, classes, 0), largest, sums, pull)
