"""A writer of pickles for tensors and plain values, in the opcodes and names that PyTorch's own files use."""

from __future__ import annotations

import argparse
import struct
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np

from gradloom.device import device
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.serialization.storage import Memory, memories, storage_name
from gradloom.size import Size
from gradloom.tensor import Tensor

_FEW = 2**8
_INT32 = 2**31


def tensors_in(value: Any) -> list[Tensor]:
    """Every tensor in a nest of containers, each once."""
    found: dict[int, Tensor] = {}
    pending, seen = [value], set()
    while pending:
        each = pending.pop()
        if isinstance(each, Tensor):
            found.setdefault(id(each), each)
        elif (
            isinstance(each, (dict, list, tuple, argparse.Namespace, SimpleNamespace))
            and id(each) not in seen
        ):
            seen.add(id(each))
            inside = (
                each.values() if isinstance(each, dict) else each if isinstance(each, (list, tuple)) else ()
            )
            pending.extend(reversed([*inside, *getattr(each, "__dict__", {}).values()]))
    return list(found.values())


class Writer:
    """Writes one object.

    Attributes:
        storages: the memory of its tensors, in the order of the records' numbers.
    """

    def __init__(self, value: Any) -> None:
        self.storages: list[Array] = []
        self._numbers: dict[int, int] = {}
        self._out = bytearray(b"\x80\x02")
        self._memo: dict[int, int] = {}
        self._kept: list[Any] = []
        found = tensors_in(value)
        self._places: dict[int, Memory] = {
            id(tensor): place for tensor, place in zip(found, memories(found), strict=True)
        }
        self._write(value, "")
        self._out += b"."

    def pickle(self) -> bytes:
        """The opcodes."""
        return bytes(self._out)

    def _write(self, value: Any, path: str) -> None:
        if id(value) in self._memo:
            self._out += b"j" + struct.pack("<I", self._memo[id(value)])
            return
        kind = type(value)
        write = _WRITERS.get(kind) or next((how for base, how in _WIDER if isinstance(value, base)), None)
        if write is None:
            raise TypeError(_refusal(value, path))
        write(self, value, path)

    def _remember(self, value: Any) -> None:
        """Later mentions of `value` are of the same object."""
        self._memo[id(value)] = len(self._kept)
        self._kept.append(value)
        self._out += b"r" + struct.pack("<I", self._memo[id(value)])

    # Plain values

    def _int(self, value: int, path: str) -> None:
        if 0 <= value < _FEW:
            self._out += b"K" + bytes([value])
        elif -_INT32 <= value < _INT32:
            self._out += b"J" + struct.pack("<i", value)
        else:
            content = value.to_bytes((value.bit_length() >> 3) + 1, "little", signed=True)
            self._out += (
                b"\x8a" + bytes([len(content)])
                if len(content) < _FEW
                else b"\x8b" + struct.pack("<i", len(content))
            )
            self._out += content

    def _float(self, value: float, path: str) -> None:
        self._out += b"G" + struct.pack(">d", value)

    def _str(self, value: str, path: str) -> None:
        content = value.encode("utf-8", "surrogatepass")
        self._out += b"X" + struct.pack("<I", len(content)) + content
        self._remember(value)

    def _bytes(self, value: bytes, path: str) -> None:
        self._call("_codecs encode", value.decode("latin1"), "latin1")
        self._remember(value)

    def _bytearray(self, value: bytearray, path: str) -> None:
        self._call("__builtin__ bytearray", bytes(value))
        self._remember(value)

    # Containers

    def _sequence(self, values: Iterable[Any], path: str) -> None:
        for place, each in enumerate(values):
            self._write(each, f"{path}[{place}]")

    def _list(self, value: list[Any], path: str) -> None:
        self._out += b"]"
        self._remember(value)
        self._out += b"("
        self._sequence(value, path)
        self._out += b"e"

    def _tuple(self, value: tuple[Any, ...], path: str) -> None:
        if not value:
            self._out += b")"
            return
        self._out += b"("
        self._sequence(value, path)
        self._out += b"t"
        self._remember(value)

    def _items(self, value: dict[Any, Any], path: str) -> None:
        self._out += b"("
        for key, each in value.items():
            self._write(key, f"{path}, a key")
            self._write(each, f"{path}[{key!r}]")
        self._out += b"u"

    def _dict(self, value: dict[Any, Any], path: str) -> None:
        self._out += b"}"
        self._remember(value)
        self._items(value, path)

    def _ordered(self, value: OrderedDict[Any, Any], path: str) -> None:
        self._call("collections OrderedDict")
        self._remember(value)
        self._items(value, path)
        if vars(value):
            self._write(dict(vars(value)), path)
            self._out += b"b"

    def _counter(self, value: Counter[Any], path: str) -> None:
        self._call("collections Counter", dict(value))
        self._remember(value)

    def _default(self, value: defaultdict[Any, Any], path: str) -> None:
        factory = value.default_factory
        if factory not in (None, list, dict, set, int, float, str, tuple):
            raise TypeError(_refusal(factory, path))
        self._global("collections defaultdict")
        self._out += b"("
        if factory is not None:
            self._global(f"__builtin__ {factory.__name__}")
        self._out += b"tR"
        self._remember(value)
        self._items(value, path)

    def _set(self, value: set[Any] | frozenset[Any], path: str) -> None:
        self._call(f"__builtin__ {type(value).__name__}", list(value))
        self._remember(value)

    def _namespace(self, value: Any, path: str) -> None:
        self._global(f"{type(value).__module__} {type(value).__name__}")
        self._out += b")R"
        self._remember(value)
        self._write(dict(vars(value)), path)
        self._out += b"b"

    # Tensors and what describes them

    def _tensor(self, value: Tensor, path: str) -> None:
        place = self._places[id(value)]
        typed = storage_name(value.dtype)
        self._global(f"torch._utils _rebuild_tensor_v{2 if typed else 3}")
        self._out += b"("
        self._storage(place.elements, typed)
        self._int(place.offset, path)
        self._tuple(tuple(value.array.shape), path)
        self._tuple(place.stride, path)
        self._out += b"\x88" if value.requires_grad else b"\x89"
        self._call("collections OrderedDict")
        if not typed:
            self._dtype(value.dtype, path)
        self._out += b"tR"
        self._remember(value)

    def _storage(self, elements: Array, typed: str | None) -> None:
        key = elements.ctypes.data if elements.size else id(elements)
        if key not in self._numbers:
            self._numbers[key] = len(self.storages)
            self.storages.append(elements)
        self._out += b"("
        self._write("storage", "")
        self._global(f"torch {typed}" if typed else "torch.storage UntypedStorage")
        self._str(str(self._numbers[key]), "")
        self._write("cpu", "")
        self._int(elements.size if typed else elements.nbytes, "")
        self._out += b"tQ"

    def _parameter(self, value: Parameter, path: str) -> None:
        self._global("torch._utils _rebuild_parameter")
        self._out += b"("
        plain = value.detach()
        self._places[id(plain)] = self._places[id(value)]
        self._tensor(plain, path)
        self._out += b"\x88" if value.requires_grad else b"\x89"
        self._call("collections OrderedDict")
        self._out += b"tR"
        self._remember(value)

    def _dtype(self, value: DType, path: str) -> None:
        self._global(f"torch {value.name}")

    def _device(self, value: device, path: str) -> None:
        self._call("torch device", value.type, *(() if value.index is None else (value.index,)))

    def _size(self, value: Size, path: str) -> None:
        self._call("torch Size", tuple(value))

    def _array(self, value: Array, path: str) -> None:
        if value.dtype.kind not in "biufc":
            raise TypeError(_refusal(value, path))
        self._global("numpy._core.multiarray _reconstruct")
        self._out += b"("
        self._global("numpy ndarray")
        self._tuple((0,), path)
        self._bytes(b"b", path)
        self._out += b"tR"
        self._remember(value)
        self._out += b"("
        self._int(1, path)
        self._tuple(value.shape, path)
        self._call("numpy dtype", value.dtype.str[1:], False, True)
        order = value.dtype.str[0]
        self._write((3, order, None, None, None, -1, -1, 0), path)
        self._out += b"b\x89"
        self._bytes(value.tobytes(), path)
        self._out += b"tb"

    def _call(self, name: str, *arguments: Any) -> None:
        self._global(name)
        self._tuple(tuple(arguments), "")
        self._out += b"R"

    def _global(self, name: str) -> None:
        module, _, inside = name.partition(" ")
        self._out += b"c" + f"{module}\n{inside}\n".encode()


def _refusal(value: Any, path: str) -> str:
    place = f" at {path.lstrip(', ')}" if path else ""
    if isinstance(value, Module):
        return (
            "save() keeps tensors and plain values, and never code, so it cannot save a "
            f"{type(value).__name__}{place}; save its state_dict() instead."
        )
    return f"save() keeps tensors and plain values only, so it cannot save a {type(value).__name__}{place}."


_Write = Callable[[Writer, Any, str], None]
_WRITERS: dict[type[Any], _Write] = {
    type(None): lambda writer, value, path: writer._out.extend(b"N"),
    bool: lambda writer, value, path: writer._out.extend(b"\x88" if value else b"\x89"),
    int: Writer._int,
    float: Writer._float,
    complex: lambda writer, value, path: writer._call("__builtin__ complex", value.real, value.imag),
    str: Writer._str,
    bytes: Writer._bytes,
    bytearray: Writer._bytearray,
    list: Writer._list,
    tuple: Writer._tuple,
    dict: Writer._dict,
    OrderedDict: Writer._ordered,
    Counter: Writer._counter,
    defaultdict: Writer._default,
    set: Writer._set,
    frozenset: Writer._set,
    argparse.Namespace: Writer._namespace,
    SimpleNamespace: Writer._namespace,
    Size: Writer._size,
    DType: Writer._dtype,
    device: Writer._device,
}
_WIDER: tuple[tuple[Any, _Write], ...] = (
    (Parameter, Writer._parameter),
    (Tensor, Writer._tensor),
    (np.generic, lambda writer, value, path: writer._write(value.item(), path)),
    (np.ndarray, Writer._array),
    (OrderedDict, Writer._ordered),
    (dict, Writer._dict),
    (list, Writer._list),
    (str, lambda writer, value, path: writer._str(str.__str__(value), path)),
)
