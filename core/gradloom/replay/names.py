"""What the names in a step stand for: variables, attributes, and what collections hold."""

from __future__ import annotations

import array
import random
import sys
import weakref
from collections import deque
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from contextvars import ContextVar
from functools import cache, cached_property, partial
from itertools import chain
from operator import attrgetter, is_, methodcaller
from types import BuiltinMethodType, CellType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.nn.module import Module
from gradloom.replay.code import looked_up
from gradloom.tensor import Tensor

_MANY = 1000
"""Elements; to look a larger collection over before each replay would take too long."""


_MOST = 5000
"""Values that are looked into; a step that hangs on more is not replayed."""


class Names:
    """What the names in a step, and in functions of the user's that it calls, stood for when this was made.

    Not seen is what a step finds other than by name, such as through a function written in C.

    Args:
        step: the function.
        modules: further modules whose forward runs.

    Attributes:
        obstacle: what among them keeps a step from being replayed, to follow "it"; None if nothing does.
        tensors: those among them.
        modules: those among them and their parts.
        read_gradients: whether the attribute `grad` of anything is looked up.
    """

    def __init__(self, step: Callable[..., Any], modules: Iterable[Module] = ()) -> None:
        self.obstacle: str | None = None
        self.tensors: list[Tensor] = []
        self.modules: list[Module] = []
        self.read_gradients = False
        self._cells: dict[int, tuple[CellType, Any]] = {}
        self._entries: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        self._slots: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        self._collections: dict[int, tuple[Any, list[Any]]] = {}
        self._arrays: list[tuple[Array, bytes]] = []
        self._seen: dict[Any, Any] = {}
        self._objects: list[Any] = []
        self._loose: set[str] = set()
        function = getattr(step, "__func__", step)
        if isinstance(function, FunctionType):
            self._read(function, getattr(step, "__self__", _NOTHING))
        for each in (step, *modules):
            self._visit(each)
        self._follow_loose_ends()
        if len(self._entries) > _MOST or len(self._seen) > _MOST:
            self.obstacle = "uses more than can be looked over before each call"
        self._seen.clear()
        self._objects.clear()

    def hold(self) -> bool:
        """Whether they still do."""
        for cell, content in self._cells.values():
            if _content(cell) is not content:
                return False
        for table, name, value in self._entries.values():
            if table.get(name, _NOTHING) is not value:
                return False
        for holder, name, value in self._slots.values():
            if getattr(holder, name, _NOTHING) is not value:
                return False
        for collection, held in self._collections.values():
            elements = list(_elements(collection))
            if len(elements) != len(held) or not all(map(is_, elements, held)):
                return False
        return all(each.tobytes() == content for each, content in self._arrays)

    def leaves(self) -> list[Tensor]:
        """The tensors among them, and the parameters of the modules, each once."""
        parameters = [each for module in self.modules for each in module._parameters.values()]
        known = {id(each): each for each in (*self.tensors, *parameters) if each is not None}
        return list(known.values())

    def memory(self) -> Iterator[Tensor]:
        """All tensors that can be reached from them: those themselves, parameters, buffers, gradients."""
        for each in self.leaves():
            yield each
            if each.grad is not None:
                yield each.grad
        for module in self.modules:
            yield from (each for each in module._buffers.values() if each is not None)

    def _read(self, function: FunctionType, owner: Any) -> None:
        """Look up what a function looks up, whose first argument is `owner` if that is known."""
        if (function, id(owner)) in self._seen:
            return
        self._seen[function, id(owner)] = owner
        code = function.__code__
        found = looked_up(code)
        self._loose |= found.loose
        paths = found.own | found.around | found.globals
        self.read_gradients |= "grad" in found.loose or any("grad" in path for path in paths)
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._visit(default)
        own: dict[str, Any] = {} if owner is _NOTHING else dict.fromkeys(code.co_varnames[:1], owner)
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            own[name] = _content(cell)
            self._cells[id(cell)] = cell, own[name]
        self._objects += [sys.modules[name] for name in found.imports if name in sys.modules]
        ends = []
        for name, *attributes in found.own | found.around:
            if name in own:
                ends.append(self._walk(own[name], attributes))
            else:
                self._loose.update(attributes)
        table = function.__globals__
        for name, *attributes in found.globals:
            value = table.get(name, _NOTHING)
            self._entries[id(table), name] = table, name, value
            ends.append(self._walk(value, attributes))
        if any(path[0] in _BY_WORD for path in found.globals):
            for each in ends:
                self._note_all_attributes(each)

    def _walk(self, value: Any, attributes: Iterable[str]) -> Any:
        """Note each attribute on the way from a value; where it ends."""
        self._visit(value)
        for name in attributes:
            value = self._attribute(value, name)
            self._visit(value)
        return value

    def _note_all_attributes(self, value: Any) -> None:
        """Note what an object of the user's holds, whose attributes are looked up by a computed word."""
        if not isinstance(value, (type, ModuleType, FunctionType)) and not _is_ours(type(value).__module__):
            self._visit(getattr(value, "__dict__", _NOTHING))

    def _attribute(self, value: Any, name: str) -> Any:
        """The attribute of that name, if it lies in a table, which is noted; functions are read."""
        known: Any = _NOTHING
        if name == "__dict__":
            return getattr(value, name, _NOTHING)
        if isinstance(value, ModuleType):
            getattr(value, name, None)  # it may put the name there only when it is asked for
        for table in _tables(value):
            found = table.get(name, _NOTHING)
            if known is _NOTHING:
                self._entries[id(table), name] = table, name, found
                known = found
            if isinstance(found, (staticmethod, classmethod)):
                found = found.__func__
            elif isinstance(found, property):
                found = found.fget
            elif isinstance(found, cached_property):
                found = found.func
            if isinstance(found, FunctionType) and not _is_library(found.__module__):
                self._read(found, value)
        if isinstance(known, MemberDescriptorType):
            known = getattr(value, name, _NOTHING)
            self._slots[id(value), name] = value, name, known
        return known

    def _visit(self, value: Any) -> None:
        """Look into functions, collections and objects of the user's."""
        if id(value) in self._seen or isinstance(value, _PLAIN):
            return
        self._seen[id(value)] = value
        if len(self._seen) > _MOST:
            return
        if isinstance(value, Tensor):
            self.tensors.append(value)
            return
        if isinstance(value, Module):
            self.modules += value.modules()
        if _is_closed(value):
            self.obstacle = "uses an iterator, Python's random numbers or something else that hides its state"
        wrapped = getattr(value, "__dict__", {}).get("__wrapped__")
        if wrapped is not None:
            self._visit(wrapped)
        if isinstance(value, FunctionType):
            if not _is_library(value.__module__):
                self._read(value, _NOTHING)
        elif isinstance(value, MethodType):
            if isinstance(value.__func__, FunctionType) and not _is_library(value.__func__.__module__):
                self._read(value.__func__, value.__self__)
        elif isinstance(value, partial):
            self._visit_all((value.func, *value.args, *value.keywords.values()))
        elif isinstance(value, tuple):
            self._visit_all(value)
        elif isinstance(value, (list, set, deque, Mapping)):
            if self._can_look_over(len(value)):
                held = list(_elements(value))
                self._collections[id(value)] = value, held
                self._visit_all(held)
        elif isinstance(value, np.ndarray):
            if self._can_look_over(value.size):
                self._arrays.append((value, value.tobytes()))
        elif not isinstance(value, ModuleType) and not _is_ours(type(value).__module__):
            self._objects.append(value)
            called = _CALLED_TO_MAKE if isinstance(value, type) else _CALLED_BY_SYNTAX
            for name in {name for table in _tables(value) for name in called.intersection(table)}:
                self._attribute(value, name)

    def _can_look_over(self, count: int) -> bool:
        if count > _MANY:
            self.obstacle = "uses a large collection, in which something might change"
        return count <= _MANY

    def _visit_all(self, values: Iterable[Any]) -> None:
        for each in values:
            self._visit(each)

    def _follow_loose_ends(self) -> None:
        """Note on each object of the user's the attributes of which nobody knows whose they are."""
        followed: dict[int, set[str]] = {}
        grows = True
        while grows and len(self._seen) <= _MOST:
            grows = False
            for each in tuple(self._objects):
                done = followed.setdefault(id(each), set())
                if new := self._loose & set[str]().union(*_tables(each)) - done:
                    done |= new
                    grows = True
                    for name in new:
                        self._visit(self._attribute(each, name))


_NOTHING = object()
_PLAIN = (bool, int, float, complex, str, bytes, type(None))

_BY_WORD = frozenset(("getattr", "vars"))
"""Functions that find attributes without naming them."""

_CALLED_TO_MAKE = frozenset(("__init__", "__new__", "__post_init__"))
_SYNTAX = (
    *("call", "get", "getitem", "len", "contains", "iter", "bool", "float", "index", "enter", "exit", "neg"),
    *("add", "sub", "mul", "truediv", "pow", "matmul", "radd", "rsub", "rmul", "rtruediv", "rpow", "rmatmul"),
)
_CALLED_BY_SYNTAX = frozenset(["forward", "__getattr__", *[f"__{name}__" for name in _SYNTAX]])
"""Methods of objects that run without being named."""


_CLOSED = (
    *(Iterator, random.Random, np.random.Generator, np.random.RandomState),
    *(ContextVar, weakref.ref, attrgetter, methodcaller),
    *(array.array, bytearray, memoryview, KeysView, ValuesView, ItemsView),
)
"""What gives another thing each time that it is asked, or may do so without a name for it."""


def _is_closed(value: Any) -> bool:
    owner = value.__self__ if isinstance(value, (BuiltinMethodType, MethodType)) else value
    return isinstance(owner, _CLOSED)


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it stands for nothing yet
        return _NOTHING


def _elements(collection: Any) -> Iterator[Any]:
    return chain(collection, collection.values()) if isinstance(collection, Mapping) else iter(collection)


@cache
def _is_ours(module: str | None) -> bool:
    return module is not None and (module == "gradloom" or module.startswith("gradloom."))


@cache
def _is_library(module: str | None) -> bool:
    """Whether nothing changes there that a step hangs on: Gradloom's own, NumPy's and Python's modules."""
    return _is_ours(module) or (
        module is not None and module.partition(".")[0] in sys.stdlib_module_names | {"numpy"}
    )


def _tables(value: Any) -> Iterator[Any]:
    """Where the attributes of a value may lie: its own, and those of the user's classes."""
    if not isinstance(value, type) and isinstance(held := getattr(value, "__dict__", None), dict):
        yield held
    if isinstance(value, Module):
        yield from (value._parameters, value._buffers, value._modules)
    if not isinstance(value, ModuleType):
        for each in value.__mro__ if isinstance(value, type) else type(value).__mro__:
            if not _is_library(each.__module__):
                yield vars(each)
