"""What approximations are made of: polynomials, Chebyshev series, and the precision to compute them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from gradloom.dtypes import Array


def polynomial(x: Array, coefficients: Sequence[float]) -> Array:
    """Horner's scheme, highest power first."""
    result = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result *= x
        result += coefficient
    return result


def chebyshev(x: Array, coefficients: Sequence[float]) -> Array:
    """Clenshaw's recurrence for sum c_k T_k(x / 2), highest k first; that of T_0 counts half."""
    before = last = np.zeros_like(x)
    result = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        before, last = last, result
        result = x * last - before + coefficient
    return 0.5 * (result - before)


def in_double(function: Callable[..., Array]) -> Callable[..., Array]:
    """Compute in float64, silently, and give the result in the dtype of the arguments, which are floats."""

    @wraps(function)
    def compute(*args: Any) -> Array:
        common = np.result_type(*args)
        if common.kind == "c":
            # NumPy's words, as for its own functions.
            raise TypeError(f"ufunc '{function.__name__}' not supported for complex numbers")
        with np.errstate(all="ignore"):
            return function(*[np.asarray(each, np.float64) for each in args]).astype(common)

    return compute
