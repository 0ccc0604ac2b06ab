"""Adding to places, where one place may come many times."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array


def add_at(array: Array, key: Any, values: Any) -> None:
    """Add `values` to the elements of `array` that `key` picks, once for each time that they are picked.

    NumPy adds one flat list of numbers to another several times as fast as rows to rows, so the places are
    spelled out.
    """
    if not array.flags.c_contiguous or array.size < 64:
        np.add.at(array, key, values)
        return
    places = np.arange(array.size).reshape(array.shape)[key]
    given = np.broadcast_to(np.asarray(values, array.dtype), places.shape)
    np.add.at(array.reshape(-1), places.reshape(-1), given.reshape(-1))
