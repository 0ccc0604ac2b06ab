"""Running sums and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled, floats

# NumPy has gone along a smaller array before a compiled loop has begun.
_LEAST = 512


def _many_floats(function: np.ufunc, values: Any, at: int) -> bool:
    return function in (np.add, np.multiply) and floats(values) and values.size >= _LEAST


@compiled(when=_many_floats)
def running(function: np.ufunc, values: Array, at: int) -> Array:
    """What a binary function makes of all values so far along dim `at`, in their own dtype.

    Of float32 in float64: rounding errors would add up.
    """
    wide = np.float64 if values.dtype == np.float32 else values.dtype
    return np.asarray(function.accumulate(values, axis=at, dtype=wide)).astype(values.dtype, copy=False)
