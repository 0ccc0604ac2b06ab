"""From a list of samples to one batch."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.creation import as_tensor, tensor
from gradloom.ops.movement.joining import stack
from gradloom.tensor import Tensor, wrap


def default_collate(batch: Sequence[Any]) -> Any:
    """Join equal-shaped samples along a new first dimension, keeping dicts, lists and tuples as they are.

    Numbers become a tensor, strings a list; a tuple of fields becomes a list of batches, one a field.

    Example:
        >>> default_collate([(0, 1.5), (2, 2.5)])
        [tensor([0, 2]), tensor([1.5000, 2.5000], dtype=float64)]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _stacked(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, np.ndarray):
        if first.dtype.kind in "SUO":
            raise TypeError(_REFUSAL.format(first.dtype))
        return _stacked([as_tensor(array) for array in batch])
    plain = _PLAIN.get(type(first))
    if plain is not None and len(set(map(type, batch))) == 1:
        with contextlib.suppress(OverflowError):
            return wrap(np.array(batch, plain))
    if isinstance(first, float):
        return tensor(list(batch), dtype=dtypes.float64)
    if isinstance(first, int | np.bool_ | np.number):
        return tensor(list(batch)) if isinstance(first, int) else as_tensor(np.stack(batch))
    if isinstance(first, Mapping):
        return _like_mapping(
            first, {key: default_collate([sample[key] for sample in batch]) for key in first}
        )
    if isinstance(first, Sequence):
        return _collated_sequences(batch)
    raise TypeError(_REFUSAL.format(type(first)))


_PLAIN: dict[type, Any] = {int: np.int64, float: np.float64}
"""Of numbers of Python alone, the dtype."""

_REFUSAL = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def default_convert(data: Any) -> Any:
    """Turn arrays into tensors and leave the rest alone: what a loader does to single samples."""
    if isinstance(data, np.ndarray | np.generic) and data.dtype.kind not in "SUO":
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(value) for value in data))
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _like_sequence(data, [default_convert(value) for value in data])
    return data


_shape_of, _requires_grad = attrgetter("shape"), attrgetter("requires_grad")


def _stacked(batch: Sequence[Any]) -> Tensor:
    try:
        arrays = [sample.array for sample in batch]
    except AttributeError:
        place, odd = next(each for each in enumerate(batch) if not isinstance(each[1], Tensor))
        kind = type(odd).__name__
        raise TypeError(f"expected Tensor as element {place} in argument 0, but got {kind}") from None
    shape, dtype = arrays[0].shape, arrays[0].dtype
    if len(set(map(_shape_of, arrays))) > 1:
        entry = next(entry for entry, array in enumerate(arrays) if array.shape != shape)
        raise RuntimeError(
            f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
            f"{list(arrays[entry].shape)} at entry {entry}"
        )
    if not any(map(_requires_grad, batch)):
        with contextlib.suppress(TypeError):
            # Laid end to end, which is what np.stack does in a roundabout way.
            joined = np.concatenate(arrays).reshape(len(arrays), *shape) if shape else np.array(arrays)
            if joined.dtype == dtype:
                return wrap(joined)
    return stack(list(batch), 0)


def _collated_sequences(batch: Sequence[Sequence[Any]]) -> Any:
    first = batch[0]
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(field) for field in zip(*batch, strict=False)))
    if any(len(sample) != len(first) for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    return _like_sequence(first, [default_collate(field) for field in zip(*batch, strict=True)])


def _like_mapping(mapping: Mapping[Any, Any], values: dict[Any, Any]) -> Mapping[Any, Any]:
    """A mapping of the same kind with other values; a dict where the kind cannot be made of them."""
    try:
        if not isinstance(mapping, MutableMapping):
            return type(mapping)(values)  # type: ignore[call-arg]
        same = copy.copy(mapping)
        same.update(values)
    except TypeError:
        return values
    return same


def _like_sequence(sequence: Sequence[Any], values: list[Any]) -> Sequence[Any]:
    """A sequence of the same kind with other values; a list for a tuple, as in PyTorch."""
    if isinstance(sequence, tuple):
        return values
    try:
        if not isinstance(sequence, MutableSequence):
            return type(sequence)(values)  # type: ignore[call-arg]
        same = copy.copy(sequence)
        for at, value in enumerate(values):
            same[at] = value
    except TypeError:
        return values
    return same
