"""Tensor types of older scripts: `FloatTensor([1, 2])` for data, `LongTensor(2, 3)` for a size.

They are also what `isinstance` and `Tensor.type` are asked about.
"""

from __future__ import annotations

from typing import Any

from gradloom import dtypes
from gradloom.creation import empty, tensor
from gradloom.dtypes import dtype
from gradloom.spelling import spelled
from gradloom.tensor import Tensor


class TensorType:
    """Tensors of one dtype, as a constructor and a type.

    Attributes:
        dtype: the dtype of the elements.
    """

    def __init__(self, kind: dtype) -> None:
        self.dtype = kind
        self.__name__ = f"{dtypes.legacy_name(kind.numpy)}Tensor"
        self.__doc__ = f"A {kind.name} tensor of data or of a size."

    def __call__(self, *data: Any) -> Tensor:
        if len(data) == 1 and not isinstance(data[0], int):
            return tensor(data[0], dtype=self.dtype)
        return empty(data or (0,), dtype=self.dtype)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is self.dtype

    def __repr__(self) -> str:
        return f"<class '{spelled(self.__name__)}'>"


FloatTensor = TensorType(dtypes.float32)
DoubleTensor = TensorType(dtypes.float64)
HalfTensor = TensorType(dtypes.float16)
LongTensor = TensorType(dtypes.int64)
IntTensor = TensorType(dtypes.int32)
ShortTensor = TensorType(dtypes.int16)
CharTensor = TensorType(dtypes.int8)
ByteTensor = TensorType(dtypes.uint8)
BoolTensor = TensorType(dtypes.bool_)
