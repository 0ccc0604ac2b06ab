"""Constructors that older scripts use: `FloatTensor([1, 2])` for data, `LongTensor(2, 3)` for a size."""

from __future__ import annotations

from typing import Any

from gradloom import dtypes
from gradloom.creation import empty, tensor
from gradloom.dtypes import dtype
from gradloom.tensor import Tensor


def _make(data: tuple[Any, ...], kind: dtype) -> Tensor:
    if len(data) == 1 and not isinstance(data[0], int):
        return tensor(data[0], dtype=kind)
    return empty(data or (0,), dtype=kind)


def FloatTensor(*data: Any) -> Tensor:  # noqa: N802 - PyTorch's name, as all below
    """A float32 tensor of data or of a size."""
    return _make(data, dtypes.float32)


def DoubleTensor(*data: Any) -> Tensor:  # noqa: N802
    """A float64 tensor of data or of a size."""
    return _make(data, dtypes.float64)


def LongTensor(*data: Any) -> Tensor:  # noqa: N802
    """An int64 tensor of data or of a size."""
    return _make(data, dtypes.int64)


def IntTensor(*data: Any) -> Tensor:  # noqa: N802
    """An int32 tensor of data or of a size."""
    return _make(data, dtypes.int32)


def ByteTensor(*data: Any) -> Tensor:  # noqa: N802
    """A uint8 tensor of data or of a size."""
    return _make(data, dtypes.uint8)


def BoolTensor(*data: Any) -> Tensor:  # noqa: N802
    """A bool tensor of data or of a size."""
    return _make(data, dtypes.bool_)
