"""From a list of samples to one batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.creation import as_tensor, tensor
from gradloom.ops.joining import stack
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
        return _stack(batch)
    if isinstance(first, np.ndarray | np.generic):
        return _collate_arrays(batch)
    if isinstance(first, float):
        return tensor(list(batch), dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(list(batch))
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return _collate_mappings(batch)
    if isinstance(first, Sequence):
        return _collate_sequences(batch)
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first)}"
    )


def default_convert(sample: Any) -> Any:
    """Turn arrays into tensors and leave the rest alone: what a loader does to single samples."""
    if isinstance(sample, np.ndarray | np.generic) and sample.dtype.kind not in "SUO":
        return as_tensor(sample)
    if isinstance(sample, Mapping):
        return _same_mapping(sample, default_convert)
    if isinstance(sample, tuple) and hasattr(sample, "_fields"):
        return type(sample)(*(default_convert(value) for value in sample))
    if isinstance(sample, Sequence) and not isinstance(sample, str | bytes):
        return [default_convert(value) for value in sample]
    return sample


def _stack(batch: Sequence[Tensor]) -> Tensor:
    if any(sample.requires_grad for sample in batch):
        return stack(list(batch), 0)
    try:
        return wrap(np.stack([sample.array for sample in batch]))
    except ValueError:
        shapes = sorted({tuple(sample.shape) for sample in batch})
        raise RuntimeError(
            f"stack expects each tensor to be equal size, but got {list(shapes[0])} and {list(shapes[1])}"
        ) from None


def _collate_arrays(batch: Sequence[Any]) -> Tensor:
    if batch[0].dtype.kind in "SUO":
        raise TypeError(
            "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
            f"found {batch[0].dtype}"
        )
    return as_tensor(np.stack(batch))


def _collate_mappings(batch: Sequence[Mapping[Any, Any]]) -> Mapping[Any, Any]:
    first = batch[0]
    joined = {key: default_collate([sample[key] for sample in batch]) for key in first}
    if not isinstance(first, MutableMapping):
        return joined
    result = copy.copy(first)
    result.update(joined)
    return result


def _collate_sequences(batch: Sequence[Sequence[Any]]) -> Any:
    first = batch[0]
    if any(len(sample) != len(first) for sample in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    joined = [default_collate(field) for field in zip(*batch, strict=True)]
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*joined)
    if isinstance(first, MutableSequence):
        result = copy.copy(first)
        result[:] = joined
        return result
    return joined


def _same_mapping(sample: Mapping[Any, Any], convert: Callable[[Any], Any]) -> Mapping[Any, Any]:
    return {key: convert(value) for key, value in sample.items()}
