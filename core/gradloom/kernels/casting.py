"""Values in another dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled

_float32 = np.dtype(np.float32)

# NumPy has cast a smaller array before a compiled loop has begun.
_LEAST = 2048


def _single_and_half(array: Any, dtype: Any) -> bool:
    """Whether this is a cast between float32 and float16 or bfloat16 of a large array."""
    if type(array) is not np.ndarray or array.size < _LEAST or not array.flags.carray:
        return False
    half = dtype if array.dtype is _float32 else array.dtype
    return half.itemsize == 2 and half.kind in "fV" and _float32 in (array.dtype, dtype)


@compiled(when=_single_and_half)
def converted(array: Array, dtype: Any) -> Array:
    """A copy of the values in another dtype, each the nearest there is; of two, the even one."""
    return np.asarray(array.astype(dtype))
