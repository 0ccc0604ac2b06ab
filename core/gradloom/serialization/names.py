"""Everything that a file may name: what builds tensors, and plain values of Python and NumPy."""

from __future__ import annotations

import argparse
import math
from collections import Counter, OrderedDict, defaultdict
from types import SimpleNamespace
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.device import device
from gradloom.dtypes import dtype as DType
from gradloom.inert.layout import contiguous_format, preserve_format, strided
from gradloom.nn.parameter import Parameter
from gradloom.serialization.opcodes import Maker, hashable
from gradloom.serialization.storage import BY_NAME, Storage
from gradloom.size import Size
from gradloom.tensor import Tensor

UNTYPED = "storage of bytes"
"""What stands for PyTorch's untyped storage."""


def _tensor(
    storage: Storage,
    storage_offset: int,
    size: Any,
    stride: Any,
    requires_grad: bool,
    backward_hooks: Any,
    metadata: Any = None,
) -> Tensor:
    if metadata:
        raise ValueError("a tensor with conjugated or negated memory")
    if storage.dtype is None:
        raise ValueError("a storage without a dtype")
    return _finished(storage.view(storage.dtype, storage_offset, size, stride), requires_grad)


def _tensor_of_dtype(
    storage: Storage,
    storage_offset: int,
    size: Any,
    stride: Any,
    requires_grad: bool,
    backward_hooks: Any,
    dtype: DType,
    metadata: Any = None,
) -> Tensor:
    return _tensor(
        Storage(storage.content, dtype), storage_offset, size, stride, requires_grad, backward_hooks, metadata
    )


def _finished(tensor: Tensor, requires_grad: Any) -> Tensor:
    return tensor.requires_grad_() if requires_grad is True else tensor


def _parameter(data: Tensor, requires_grad: Any, backward_hooks: Any, state: Any = None) -> Parameter:
    if type(data) is not Tensor:
        raise TypeError("a parameter of something else than a tensor")
    return Parameter(data, requires_grad=requires_grad is True)


def _kept_type(function: Any, kind: Any, arguments: Any, state: Any) -> Any:
    """A tensor that had attributes of its own, without them."""
    if not isinstance(function, Maker):
        raise TypeError("something is called that cannot be")
    return function.make(*arguments)


def _ordered(items: Any = ()) -> OrderedDict[Any, Any]:
    return OrderedDict((hashable(key), value) for key, value in items)


def _counter(items: Any = ()) -> Counter[Any]:
    counted: Counter[Any] = Counter()
    for key, count in dict(items).items():
        counted[hashable(key)] = count
    return counted


def _default(factory: Any = None, items: Any = ()) -> defaultdict[Any, Any]:
    if factory is not None and not isinstance(factory, Maker):
        raise TypeError("a default that is not a plain value")
    made: defaultdict[Any, Any] = defaultdict(_FACTORIES[id(factory)] if factory is not None else None)
    for key, value in dict(items).items():
        made[hashable(key)] = value
    return made


def _attributes(target: Any, state: Any) -> None:
    if not isinstance(state, dict) or not all(isinstance(key, str) for key in state):
        raise TypeError("a state that is not a dict of names")
    vars(target).update(state)


def _encoded(text: str, encoding: str = "latin1") -> bytes:
    if encoding != "latin1":
        raise ValueError("bytes in an unknown encoding")
    return text.encode("latin1")


def _bytearray(content: bytes = b"") -> bytearray:
    return bytearray(memoryview(content))


def _size(sizes: Any = ()) -> Size:
    if not all(type(each) is int for each in sizes):
        raise TypeError("a size that is not a number")
    return Size(sizes)


def _device(kind: str, index: int | None = None) -> device:
    return device(kind, index)


# NumPy's numbers and arrays, as checkpoints of older scripts hold them.


class _NumpyDtype:
    """A dtype that is still to be told its byte order."""

    def __init__(self, code: str, align: Any = False, copy: Any = True) -> None:
        if not isinstance(code, str) or len(code) > 4 or code[:1] not in "biufc":
            raise TypeError("a NumPy dtype that is not a number's")
        self.dtype = np.dtype(code)

    def restore(self, state: Any) -> None:
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


def _scalar(kind: _NumpyDtype, content: bytes) -> Any:
    if len(content) != kind.dtype.itemsize:
        raise ValueError("a NumPy number of the wrong size")
    return np.frombuffer(content, kind.dtype)[0]


def _array(kind: Any, shape: Any, code: Any) -> Any:
    return np.empty(0, np.uint8)


def _fill_array(array: Any, state: Any) -> None:
    _, shape, kind, fortran, content = state
    if not isinstance(content, bytes) or not all(type(each) is int and each >= 0 for each in shape):
        raise TypeError("a NumPy array that is not one of numbers")
    if len(shape) > 64 or len(content) != math.prod(shape) * kind.dtype.itemsize:
        raise ValueError("a NumPy array of the wrong size")
    array.__setstate__((1, tuple(shape), kind.dtype, bool(fortran), content))


_PLAIN = {
    "set": Maker(lambda values=(): {hashable(each) for each in values}),
    "frozenset": Maker(lambda values=(): frozenset(hashable(each) for each in values)),
    "list": Maker(lambda values=(): list(values)),
    "tuple": Maker(lambda values=(): tuple(values)),
    "dict": Maker(dict),
    "complex": Maker(lambda real, imaginary: complex(real, imaginary)),
    "bytearray": Maker(_bytearray),
    "int": Maker(lambda: 0),
    "float": Maker(lambda: 0.0),
    "str": Maker(lambda: ""),
    "slice": Maker(slice),
}
_FACTORIES: dict[int, Any] = {
    id(_PLAIN[kind.__name__]): kind for kind in (set, list, dict, int, float, str, tuple)
}

NAMES: dict[str, Any] = {
    **{f"torch {name}": dtype for name, dtype in BY_NAME.items()},
    **{f"torch {each.name}": each for each in dtypes.ALL},
    **{f"builtins {name}": maker for name, maker in _PLAIN.items()},
    **{f"__builtin__ {name}": maker for name, maker in _PLAIN.items()},
    "torch.storage UntypedStorage": UNTYPED,
    "torch UntypedStorage": UNTYPED,
    "torch._utils _rebuild_tensor_v2": Maker(_tensor),
    "torch._utils _rebuild_tensor_v3": Maker(_tensor_of_dtype),
    "torch._utils _rebuild_parameter": Maker(_parameter),
    "torch._utils _rebuild_parameter_with_state": Maker(_parameter),
    "torch._tensor _rebuild_from_type_v2": Maker(_kept_type),
    "torch Tensor": Tensor,
    "torch.nn.parameter Parameter": Parameter,
    "torch Size": Maker(_size),
    "torch device": Maker(_device),
    "torch strided": strided,
    "torch contiguous_format": contiguous_format,
    "torch preserve_format": preserve_format,
    "collections OrderedDict": Maker(_ordered, _attributes),
    "collections Counter": Maker(_counter),
    "collections defaultdict": Maker(_default),
    "argparse Namespace": Maker(argparse.Namespace, _attributes),
    "types SimpleNamespace": Maker(SimpleNamespace, _attributes),
    "_codecs encode": Maker(_encoded),
    "numpy dtype": Maker(_NumpyDtype, _NumpyDtype.restore),
    "numpy ndarray": np.ndarray,
    **{
        f"numpy.{core}.multiarray {name}": maker
        for core in ("core", "_core")
        for name, maker in {"scalar": Maker(_scalar), "_reconstruct": Maker(_array, _fill_array)}.items()
    },
}
