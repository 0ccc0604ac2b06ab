"""Advanced indexing: by arrays of positions and by masks. Basic indexing is a view, in `slicing`.

A key holds, for each dim, a full slice or an array; arrays of bools cover as many dims as they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.kernels.adding import add_at
from gradloom.ops.movement.selection import gather
from gradloom.ops.movement.views import expand, reshape
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Shape, one_dim

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
        add_at(result, key, input)
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
    moves=True,
)
def written_at(input: Value, key: Key, values: Value, accumulate: bool = False) -> Value:
    """A copy of `input` in which the elements that `key` picks are `values`, or have them added."""
    result = input.copy()
    write_at(result, key, values, accumulate)
    return result


@written_at.gradient("input")
def _(grad: Value, key: Key, accumulate: bool) -> Value:
    return grad if accumulate else written_at(grad, key, 0.0)


@written_at.gradient("values")
def _(grad: Value, key: Key) -> Value:
    return advanced_index(grad, key)


def write_at(array: Array, key: Key, values: Any, accumulate: bool = False) -> None:
    """Write `values` where `key` says; RuntimeError if they do not broadcast or have another dtype."""
    given = values if isinstance(values, np.ndarray) else np.asarray(values).astype(array.dtype)
    if given.dtype != array.dtype and not (given.size == 1 and len(key) == 1 and key[0].dtype == np.bool_):
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{legacy_name(array.dtype)} for the destination and {legacy_name(given.dtype)} for the source."
        )
    try:
        if accumulate:
            add_at(array, key, given)
        else:
            array[key] = given
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(given.shape)} cannot be broadcast to indexing "
            f"result of shape {list(array[key].shape)}"
        ) from None


def _key_of(input: Value, indices: Sequence[Any]) -> Key:
    """Index tensors, with None for whole dims, as a key."""
    if len(indices) > input.ndim:
        raise IndexError(f"too many indices for tensor of dimension {input.ndim} (got {len(indices)})")
    return tuple([slice(None) if each is None else raw(each) for each in indices])


@composite(
    samples=[
        sample(floats(3, 4), (np.array([0, 2]),), floats(2, 4)),
        sample(floats(3, 4), _ROWS, floats(4), True),
    ],
    inplace=True,
)
def index_put(input: Value, indices: Sequence[Any], values: Value, accumulate: bool = False) -> Value:
    """A copy of `input` in which the elements that index tensors pick are `values`, or have them added."""
    key = _key_of(input, indices)
    for at, part in enumerate(key):
        if isinstance(part, np.ndarray) and part.dtype != np.bool_ and part.size:
            size = input.shape[at]
            wrong = part[(part < -size) | (part >= size)]
            if wrong.size:
                raise IndexError(
                    f"index {wrong.flat[0]} is out of bounds for dimension {at} with size {size}"
                )
    return written_at(input, key, values, accumulate)


@composite(samples=[sample(floats(2, 3), integers(4, high=6)), sample(floats(2, 3), integers(2, low=-3))])
def take(input: Value, index: Value) -> Value:
    """The elements at those places of the flattened `input`, which may be counted from the end."""
    return advanced_index(reshape(input, (-1,)), (_places(raw(index), raw(input).size, "take"),))


def _places(index: Array, size: int, name: str) -> Array:
    """`index`, checked to hold places in a flat tensor of `size`."""
    if index.dtype != np.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {legacy_name(index.dtype)}")
    if index.size and not size:
        raise IndexError(f"{name}(): tried to {name} from an empty tensor")
    wrong = index[(index < -size) | (index >= size)]
    if wrong.size:
        raise IndexError(
            f"out of range: tried to access index {wrong.flat[0]} on a tensor of {size} elements."
        )
    return index


@composite(
    samples=[
        sample(floats(2, 3), np.array([0, 4]), floats(2)),
        sample(floats(2, 3), np.array([0, -1, 0]), floats(3), True),
    ],
    inplace=True,
)
def put(input: Value, index: Value, source: Value, accumulate: bool = False) -> Value:
    """A copy of `input` with `source` written, or added, to places of the flattened tensor."""
    places, given = raw(index), raw(source)
    if given.dtype != raw(input).dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{legacy_name(raw(input).dtype)} and source.dtype = {legacy_name(given.dtype)}"
        )
    if places.size != given.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{given.size}, index.numel() = {places.size}"
        )
    key = (_places(places, raw(input).size, "put").reshape(-1),)
    flat = written_at(reshape(input, (-1,)), key, reshape(source, (-1,)), accumulate)
    return reshape(flat, tuple(input.shape))


@composite(
    samples=[sample(floats(3, 4), integers(3, 2, high=4), 1), sample(floats(3, 4), integers(5, high=12))]
)
def take_along_dim(input: Value, indices: Value, dim: int | None = None) -> Value:
    """The elements that `indices` names along `dim` (of the flattened input if None), broadcast elsewhere."""
    places = raw(indices)
    if places.dtype.kind not in "iu":
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {legacy_name(places.dtype)}"
        )
    if dim is None:
        return gather(reshape(input, (-1,)), 0, places.reshape(-1))
    if input.ndim != places.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {places.ndim} dimensions for indices"
        )
    at = one_dim(dim, input.ndim)
    shape = [list(input.shape), list(places.shape)]
    own, asked = shape[0][at], shape[1][at]
    shape[0][at] = shape[1][at] = 1
    common = list(np.broadcast_shapes(*map(tuple, shape)))
    wide, given = ([*common[:at], size, *common[at + 1 :]] for size in (own, asked))
    places = np.where(places < 0, places + own, places)
    return gather(expand(input, wide), at, np.broadcast_to(places, given))
