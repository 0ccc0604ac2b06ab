"""The memory behind tensors, as scripts ask about it: how large it is, and whose it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array, dtype
from gradloom.kernels.memory import memory_of
from gradloom.ops.operand import Operand
from gradloom.tensor import Tensor


class UntypedStorage:
    """The bytes of the whole memory that a tensor lies in, which its views share."""

    __slots__ = ("bytes",)

    def __init__(self, array: Array) -> None:
        self.bytes = memory_of(array)

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self.bytes.__array_interface__["data"][0])

    def nbytes(self) -> int:
        """How many bytes there are."""
        return self.bytes.nbytes

    def size(self) -> int:
        """How many elements there are, which here are bytes."""
        return len(self)

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        found: list[Any] = self._elements().tolist()
        return found

    def _elements(self) -> Array:
        return self.bytes

    def __len__(self) -> int:
        return self._elements().size

    def __getitem__(self, index: int) -> Any:
        return self._elements()[index].item()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and self.data_ptr() == other.data_ptr()

    def __hash__(self) -> int:
        return hash(self.data_ptr())


class TypedStorage(UntypedStorage):
    """The same memory, counted in elements of the tensor's dtype."""

    __slots__ = ("dtype",)

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor.array)
        self.dtype: dtype = tensor.dtype

    def _elements(self) -> Array:
        return self.bytes.view(np.dtype(self.dtype.numpy))


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The bytes of the memory that this tensor lies in."""
    return UntypedStorage(self.array)


def storage(self: Tensor) -> TypedStorage:
    """The elements of the memory that this tensor lies in."""
    return TypedStorage(self)


for _method in (untyped_storage, storage):
    Operand.bind(_method.__name__, _method)
