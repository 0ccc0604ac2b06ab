"""Orthogonal polynomials by their recurrences (https://dlmf.nist.gov/18.9)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.series import in_double

First = Callable[[Array], Array]
Step = Callable[[int, Array, Array, Array], Array]


def recurrent(first: First, step: Step) -> Callable[[Array, Array], Array]:
    """The function of x and the degree n of the polynomials of a family.

    Args:
        first: that of degree 1 at x; that of degree 0 is 1.
        step: that of degree k from k, x and those of the degrees k - 1 and k - 2.
    """

    @in_double
    def value(x: Array, n: Array) -> Array:
        x, n = np.broadcast_arrays(x, n)
        degrees = np.where(np.isfinite(n), np.trunc(n), -1)
        before, last = np.ones_like(x), first(x)
        result = np.where(degrees < 0, 0, np.where(degrees == 0, before, last))
        for k in range(2, int(degrees.max(initial=0)) + 1):
            before, last = last, step(k, x, last, before)
            result = np.where(degrees == k, last, result)
        return result

    return value
