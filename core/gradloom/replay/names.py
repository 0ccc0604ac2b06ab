"""What the names in a step stand for: variables, attributes, and what collections hold."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from operator import is_
from types import CellType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

from gradloom.nn.module import Module
from gradloom.replay.code import looked_up
from gradloom.tensor import Tensor

_MANY = 1000
"""Elements; to look a larger collection over before each replay would take too long."""


class Names:
    """What the names in a step, and in functions of the user's that it calls, stood for when this was made.

    Not seen is what a step finds other than by name, such as by `getattr` with a word that it computes.

    Args:
        step: the function.
        modules: further modules whose forward runs.

    Attributes:
        too_many: whether a collection among them is too large to be looked over.
    """

    def __init__(self, step: Callable[..., Any], modules: Iterable[Module] = ()) -> None:
        self.too_many = False
        self._cells: dict[int, tuple[CellType, Any]] = {}
        self._entries: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        self._slots: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        self._collections: dict[int, tuple[Any, list[Any]]] = {}
        self._seen: dict[Any, Any] = {}
        self._objects: list[Any] = []
        self._loose: set[str] = set()
        function = getattr(step, "__func__", step)
        if isinstance(function, FunctionType):
            self._read(function, getattr(step, "__self__", _NOTHING))
        for each in (step, *modules):
            self._visit(each)
        self._follow_loose_ends()
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
        return True

    def _read(self, function: FunctionType, owner: Any) -> None:
        """Look up what a function looks up, whose first argument is `owner` if that is known."""
        if (function, id(owner)) in self._seen:
            return
        self._seen[function, id(owner)] = owner
        code = function.__code__
        found = looked_up(code)
        self._loose |= found.loose
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._visit(default)
        own: dict[str, Any] = {} if owner is _NOTHING else dict.fromkeys(code.co_varnames[:1], owner)
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            own[name] = _content(cell)
            self._cells[id(cell)] = cell, own[name]
        for name, *attributes in found.own | found.around:
            if name in own:
                self._walk(own[name], attributes)
            else:
                self._loose.update(attributes)
        table = function.__globals__
        for name, *attributes in found.globals:
            value = table.get(name, _NOTHING)
            self._entries[id(table), name] = table, name, value
            self._walk(value, attributes)

    def _walk(self, value: Any, attributes: Iterable[str]) -> None:
        """Note each attribute on the way from a value."""
        self._visit(value)
        for name in attributes:
            value = self._attribute(value, name)
            self._visit(value)

    def _attribute(self, value: Any, name: str) -> Any:
        """The attribute of that name, if it lies in a table, which is noted; functions are read."""
        known: Any = _NOTHING
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
            if isinstance(found, FunctionType) and not _is_ours(found.__module__):
                self._read(found, value)
        if isinstance(known, MemberDescriptorType):
            known = getattr(value, name, _NOTHING)
            self._slots[id(value), name] = value, name, known
        return known

    def _visit(self, value: Any) -> None:
        """Look into functions, collections and objects of the user's."""
        if id(value) in self._seen or isinstance(value, (Tensor, *_PLAIN)):
            return
        self._seen[id(value)] = value
        if isinstance(value, FunctionType):
            if not _is_ours(value.__module__):
                self._read(value, _NOTHING)
        elif isinstance(value, MethodType):
            if isinstance(value.__func__, FunctionType) and not _is_ours(value.__func__.__module__):
                self._read(value.__func__, value.__self__)
        elif isinstance(value, partial):
            self._visit_all((value.func, *value.args, *value.keywords.values()))
        elif isinstance(value, tuple):
            self._visit_all(value)
        elif isinstance(value, (list, dict, set, deque)):
            if len(value) > _MANY:
                self.too_many = True
                return
            held = list(_elements(value))
            self._collections[id(value)] = value, held
            self._visit_all(held)
        elif not _is_ours(type(value).__module__):
            self._objects.append(value)
            if not isinstance(value, (type, ModuleType)):
                self._attribute(value, "forward" if isinstance(value, Module) else "__call__")

    def _visit_all(self, values: Iterable[Any]) -> None:
        for each in values:
            self._visit(each)

    def _follow_loose_ends(self) -> None:
        """Note on each object of the user's the attributes of which nobody knows whose they are."""
        done: set[tuple[int, str]] = set()
        while ends := [
            (each, name) for each in self._objects for name in self._loose if (id(each), name) not in done
        ]:
            for each, name in ends:
                done.add((id(each), name))
                if not isinstance(each, ModuleType):
                    self._visit(self._attribute(each, name))


_NOTHING = object()
_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it stands for nothing yet
        return _NOTHING


def _elements(collection: Any) -> Iterator[Any]:
    return chain(collection, collection.values()) if isinstance(collection, dict) else iter(collection)


def _is_ours(module: str | None) -> bool:
    return module is not None and (module == "gradloom" or module.startswith("gradloom."))


def _tables(value: Any) -> Iterator[Any]:
    """Where the attributes of a value may lie: its own, and those of classes that are not Gradloom's."""
    if not isinstance(value, type) and isinstance(held := getattr(value, "__dict__", None), dict):
        yield held
    if isinstance(value, Module):
        yield from (value._parameters, value._buffers, value._modules)
    if not isinstance(value, ModuleType):
        for each in value.__mro__ if isinstance(value, type) else type(value).__mro__:
            if not _is_ours(each.__module__) and each.__module__ != "builtins":
                yield vars(each)
