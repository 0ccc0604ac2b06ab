"""A loop over the elements of arrays of one shape, shared by threads where there are many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# What an element costs, in multiply-adds: memory counts most where there is no function to compute.
PASS, EXPONENTIAL = 8, 24


def over(loop: Callable[..., None], cost: int, *arrays: Array, settings: tuple[float, ...] = ()) -> Array:
    """A new array, written by a shared `loop(*arrays, out, *settings)` over flat arrays."""
    out = np.empty(arrays[0].shape, np.float32)
    flat = [each.ravel() for each in (*arrays, out)]
    loop(*flat, *[np.float32(each) for each in settings], out.size, out.size * cost)
    return out
