"""The memory that tensors lie in: read as one array each, and found again behind tensors that share it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.tensor import Tensor, wrap

BY_NAME: dict[str, DType] = {
    f"{word}Storage": dtypes.named(name)
    for name, word in dtypes.LEGACY.items()
    if not word.startswith("UInt")
}
"""PyTorch's storage types that say what they hold; the others are untyped."""
_NAMES = {dtype: name for name, dtype in BY_NAME.items()}


def storage_name(dtype: DType) -> str | None:
    """The storage type for elements of `dtype`; None if only an untyped one holds them."""
    return _NAMES.get(dtype)


class Storage(NamedTuple):
    """One piece of memory out of a file: its bytes, writable and in this machine's order."""

    content: Array
    dtype: DType | None

    def view(self, dtype: DType, offset: Any, size: Any, stride: Any) -> Tensor:
        """The tensor that lies in it like that; ValueError if a part of it would lie outside."""
        for each in (offset, *size, *stride):
            if type(each) is not int or each < 0:
                raise ValueError("a size, stride or offset is not a number from 0 on")
        if len(size) != len(stride):
            raise ValueError("sizes and strides differ in number")
        if len(size) > 64:
            raise ValueError("more dims than an array can have")
        itemsize = dtype.numpy.itemsize
        elements = self.content[: len(self.content) // itemsize * itemsize].view(dtype.numpy)
        last = offset + sum((extent - 1) * step for extent, step in zip(size, stride, strict=True))
        if 0 in size:
            return wrap(np.empty(size, dtype.numpy))
        if last >= len(elements):
            raise ValueError("a tensor reaches beyond its storage")
        strides = tuple(step * itemsize for step in stride)
        return wrap(as_strided(elements[offset:], tuple(size), strides))


def storage_of(content: bytes, dtype: DType | None, count: Any, swapped: bool) -> Storage:
    """The memory in a record, which must hold `count` elements (bytes, where it is untyped)."""
    itemsize = 1 if dtype is None else dtype.numpy.itemsize
    if type(count) is not int or len(content) != count * itemsize:
        raise ValueError("a storage has another size than its record")
    array = np.frombuffer(bytearray(content), np.uint8)
    if swapped and itemsize > 1:
        width = itemsize // 2 if dtype is not None and dtype.is_complex else itemsize
        array = array.reshape(-1, width)[:, ::-1].reshape(-1).copy()
    return Storage(array, dtype)


class Memory(NamedTuple):
    """Where a tensor that is saved lies: the array behind it, and the place in that."""

    elements: Array
    offset: int
    stride: tuple[int, ...]


def memories(tensors: Sequence[Tensor]) -> list[Memory]:
    """For each tensor where it lies. Tensors that share memory share it in the file as well.

    Memory that one tensor alone uses is brought down to what that tensor shows.
    """
    owners = [_owner(tensor.array) for tensor in tensors]
    uses: dict[int, set[int]] = {}
    for tensor, owner in zip(tensors, owners, strict=True):
        uses.setdefault(id(owner), set()).add(id(tensor))
    found: dict[int, Memory] = {}
    for tensor, owner in zip(tensors, owners, strict=True):
        if id(tensor) not in found:
            shared = owner is not None and len(uses[id(owner)]) > 1
            found[id(tensor)] = (
                _placed(tensor.array, owner) if shared and owner is not None else _alone(tensor.array)
            )
    return [found[id(tensor)] for tensor in tensors]


def _owner(array: Array) -> Array | None:
    """The contiguous array whose memory `array` shows; None where PyTorch could not describe it so."""
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    steps = (*array.strides, array.ctypes.data - owner.ctypes.data)
    if not owner.flags.forc or owner.dtype != array.dtype or any(s < 0 or s % array.itemsize for s in steps):
        return None
    return owner


def _placed(array: Array, owner: Array) -> Memory:
    elements = owner.reshape(-1, order="A")
    offset = (array.ctypes.data - owner.ctypes.data) // array.itemsize
    return Memory(elements, offset, tuple(step // array.itemsize for step in array.strides))


def _alone(array: Array) -> Memory:
    dense = array if array.flags.forc else np.ascontiguousarray(array)
    return Memory(dense.reshape(-1, order="A"), 0, tuple(step // array.itemsize for step in dense.strides))
