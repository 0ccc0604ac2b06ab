"""Advanced indexing: by arrays of positions and by masks. Basic indexing is a view, in `views`.

A key holds, for each dim, a full slice or an array; arrays of bools cover as many dims as they have.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import booleans, floats, integers, sample
from gradloom.ops.selection import index_added, index_select
from gradloom.ops.shapes import Shape, one_dim
from gradloom.ops.views import expand, reshape

Key = tuple[Any, ...]

_ROWS: Key = (np.array([0, 2, 2]),)
_PAIRS: Key = (slice(None), np.array([[0, 2], [1, 1]]))
_MASK: Key = (np.array([[True, False, True], [False, True, False]]),)


@op(
    samples=[sample(floats(3, 4), _ROWS), sample(floats(2, 3), _PAIRS), sample(floats(2, 3), _MASK)],
    meeting="as_is",
    method=False,
)
def advanced_index(input: Value, key: Key) -> Value:
    """The elements that `key` picks, as a copy."""
    return input[key]


@advanced_index.gradient("input")
def _(grad: Value, input_shape: Shape, key: Key) -> Value:
    return accumulated(grad, input_shape, key)


def _distinct(key: Key) -> bool:
    """Whether no element can be picked twice, as far as can be seen at a glance."""
    return all(isinstance(part, slice) or part.dtype == np.bool_ for part in key)


@op(samples=[sample(floats(3, 4), (3, 4), _ROWS)], meeting="as_is", method=False)
def accumulated(input: Value, shape: Shape, key: Key) -> Value:
    """Zeros of `shape` to which each element of `input` is added where `key` would pick it from."""
    result = np.zeros(shape, input.dtype)
    if _distinct(key):
        result[key] = input
    else:
        np.add.at(result, key, input)
    return result


@accumulated.gradient("input")
def _(grad: Value, key: Key) -> Value:
    return advanced_index(grad, key)


@op(
    samples=[
        sample(floats(3, 4), (np.array([0, 2]),), floats(2, 4)),
        sample(floats(3, 4), _ROWS, floats(4), True),
        sample(floats(2, 3), _MASK, 1.5),
    ],
    meeting="as_is",
    method=False,
    inplace=True,
)
def index_put(input: Value, key: Key, values: Value, accumulate: bool = False) -> Value:
    """A copy of `input` in which the elements that `key` picks are `values`, or have them added."""
    result = input.copy()
    put(result, key, values, accumulate)
    return result


@index_put.gradient("input")
def _(grad: Value, key: Key, accumulate: bool) -> Value:
    return grad if accumulate else index_put(grad, key, 0.0)


@index_put.gradient("values")
def _(grad: Value, key: Key) -> Value:
    return advanced_index(grad, key)


def put(array: Array, key: Key, values: Any, accumulate: bool = False) -> None:
    """Write `values` where `key` says; RuntimeError if they do not broadcast."""
    values = np.asarray(values).astype(array.dtype, copy=False)
    try:
        if accumulate:
            np.add.at(array, key, values)
        else:
            array[key] = values
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing "
            f"result of shape {list(array[key].shape)}"
        ) from None


@composite(samples=[sample(floats(2, 3), booleans(2, 3)), sample(floats(2, 3), booleans(3))])
def masked_select(input: Value, mask: Value) -> Value:
    """The elements where the mask holds, as a vector."""
    shape = np.broadcast_shapes(tuple(input.shape), tuple(mask.shape))
    return advanced_index(expand(input, shape), (np.broadcast_to(raw(mask), shape),))


@composite(samples=[sample(floats(2, 3), integers(4, high=6))])
def take(input: Value, index: Value) -> Value:
    """The elements at those places of the flattened `input`."""
    return advanced_index(reshape(input, (-1,)), (raw(index),))


@op(
    samples=[sample(floats(3, 4), 1, integers(2, high=4), floats(3, 2))],
    meeting="as_is",
    inplace=True,
)
def index_add(input: Value, dim: int, index: Value, source: Value, alpha: float = 1) -> Value:
    """A copy of `input` to whose slices along `dim` those of `source` are added where `index` says."""
    return input + alpha * index_added.forward(source, input.shape, one_dim(dim, input.ndim), index)


@index_add.gradient("input")
def _(grad: Value) -> Value:
    return grad


@index_add.gradient("source")
def _(grad: Value, dim: int, index: Value, alpha: float) -> Value:
    return index_select(grad, dim, raw(index)) * alpha


@composite(samples=[sample(integers(3, 4))])
def nonzero(input: Value, as_tuple: bool = False) -> Any:
    """The places of the elements that are not 0: one row each, or with `as_tuple` one vector for each dim."""
    rows = nonzero_rows(input)
    return tuple(rows[:, at] for at in range(input.ndim)) if as_tuple else rows


@op(samples=[sample(integers(3, 4))], meeting="as_is", method=False)
def nonzero_rows(input: Value) -> Value:
    """The places of the elements that are not 0, one row each."""
    return np.argwhere(input).astype(np.int64)
