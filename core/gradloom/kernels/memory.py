"""Where an array lies in memory, counted in elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array


def strides_of(array: Array) -> tuple[int, ...]:
    """Steps from one element to the next along each dim, in elements."""
    return tuple([step // array.itemsize for step in array.strides])


def memory_of(array: Array) -> Array:
    """The bytes of the whole memory that `array` lies in."""
    root: Any = array
    owner = root.base
    while owner is not None:
        if isinstance(owner, np.ndarray):
            root = owner
        # NumPy's windows hang on an object that holds the array.
        owner = getattr(owner, "base", None)
    flat: Array = root.ravel(order="K").view(np.uint8)
    return flat


def offset_of(array: Array) -> int:
    """How many elements of its memory lie before the first of `array`."""
    start = memory_of(array).__array_interface__["data"][0]
    return int((array.__array_interface__["data"][0] - start) // array.itemsize)
