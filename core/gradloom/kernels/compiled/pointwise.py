"""A loop over the elements of arrays of one shape, in parts where there are many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.kernels.parallel import in_parts

Array = np.ndarray[Any, Any]

# What an element costs, in multiply-adds: memory counts most where there is no function to compute.
PASS, EXPONENTIAL = 8, 24

_FEW = 2**15


def over(loop: Callable[..., None], cost: int, *arrays: Array, settings: tuple[float, ...] = ()) -> Array:
    """A new array, written by `loop(*arrays, out, *settings)` on flat arrays."""
    out = np.empty(arrays[0].shape, np.float32)
    flat = [each.ravel() for each in (*arrays, out)]
    numbers = [np.float32(each) for each in settings]
    if out.size <= _FEW:
        loop(*flat, *numbers)
    else:
        in_parts(
            lambda start, stop: loop(*[each[start:stop] for each in flat], *numbers),
            *(out.size, out.size * cost),
        )
    return out
