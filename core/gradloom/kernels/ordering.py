"""Order along a dimension. nan is larger than every number."""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.copying import row_major

# NumPy has put a smaller array in a stable order before its numbers are made integers.
_LEAST = 1024


def order_of(array: Array, at: int, descending: bool = False) -> Array:
    """A stable order along `at`."""
    if array.dtype == np.float32 and array.size >= _LEAST:
        return row_major(np.moveaxis(_order_of_rows(np.moveaxis(array, at, -1), descending), -1, at))
    if not descending:
        return np.argsort(array, axis=at, kind="stable")
    backward = np.argsort(np.flip(array, at), axis=at, kind="stable")
    order: Array = array.shape[at] - 1 - np.flip(backward, at)
    return order


def _order_of_rows(rows: Array, descending: bool) -> Array:
    """A stable order along the last dim of float32.

    Integers in the numbers' order with the places behind them are sorted several times as fast as places by
    numbers.
    """
    keys = np.ascontiguousarray(rows + np.float32(0)).view(np.int32)  # -0 is 0
    keys ^= (keys >> 31) & np.int32(0x7FFFFFFF)
    keys[np.isnan(rows)] = np.int32(0x7FFFFFFF)
    if descending:
        np.invert(keys, out=keys)
    places = keys.astype(np.int64)
    places <<= 32
    places |= np.arange(rows.shape[-1])
    places.sort(axis=-1)
    places &= 0xFFFFFFFF
    return places


def place_in_order(array: Array, number: int, at: int) -> Array:
    """Where along `at` the element is that comes at `number`, counted from 0, in a stable order."""
    if array.size < _LEAST:
        return np.asarray(np.take(order_of(array, at), number, axis=at))
    found = np.take(np.partition(array, number, axis=at), [number], axis=at)
    alike, below = array == found, array < found
    if array.dtype.kind == "f" and np.isnan(found).any():
        unknown = np.isnan(found)
        alike |= np.isnan(array) & unknown
        below |= ~np.isnan(array) & unknown
    earlier = number - np.count_nonzero(below, axis=at, keepdims=True)
    if earlier.any():
        alike &= np.cumsum(alike, at) > earlier
    return np.asarray(alike.argmax(at))
