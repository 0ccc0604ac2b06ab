"""The names `torch` and `torchvision`, put in the way of Python's import system while a script runs.

Each of PyTorch's modules becomes a module of that name that takes its names from ours. Whatever is installed
under these names is out of sight meanwhile and back afterwards.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from gradloom.inert.refusal import Unavailable
from gradloom.interop.names import ANSWERS, REFUSED_MODULES, REFUSED_NAMES, ROOMS
from gradloom.interop.types import as_pytorch_shows_them
from gradloom.spelling import spelling

TOPS = ("torch", "torchvision")
_NOTHING: Any = object()


class Alias(ModuleType):
    """A module of PyTorch's name whose names are looked up in ours when a script first asks for them."""

    def __getattr__(self, name: str) -> Any:
        path = f"{self.__name__}.{name}"
        if path in ROOMS or path in REFUSED_MODULES:
            return importlib.import_module(path)
        found = _looked_up(self.__name__, name)
        if found is _NOTHING:
            raise AttributeError(f"Gradloom has no '{path}'", name=name, obj=self)
        if not name.startswith("__"):
            setattr(self, name, found)
        return found

    def __dir__(self) -> list[str]:
        inside = {each.rpartition(".")[2] for each in ROOMS if each.rpartition(".")[0] == self.__name__}
        rooms = _rooms(self.__name__)
        named = {name for room in rooms for name in getattr(room, "__all__", dir(room))}
        ours = {name for room in rooms for name in str(getattr(room, "ROOMS", "")).split()}
        return sorted({*vars(self), *inside, *(named - ours)})

    def __repr__(self) -> str:
        return f"<module '{self.__name__}' (Gradloom)>"


def _looked_up(module: str, name: str) -> Any:
    """What `module` has under that name, or `_NOTHING`."""
    path = f"{module}.{name}"
    if path in ANSWERS:
        answer = ANSWERS[path]
        return lambda *args, **kwargs: answer
    if (sentence := _refusal(path)) and not name.startswith("__"):
        return Unavailable(path, sentence)
    for room in _rooms(module):
        found = getattr(room, name, _NOTHING)
        if found is not _NOTHING and not _is_ours(found):
            return found
    return _NOTHING


def _refusal(path: str) -> str | None:
    """Why this name, or the module around it, cannot be had; None where it can."""
    if path in REFUSED_NAMES:
        return REFUSED_NAMES[path]
    while path and path not in REFUSED_MODULES:
        path = path.rpartition(".")[0]
    return REFUSED_MODULES.get(path)


def _is_ours(found: Any) -> bool:
    """Whether it is a module of Gradloom, which a script never asked for under that name."""
    return isinstance(found, ModuleType) and found.__name__.partition(".")[0] == "gradloom"


def _rooms(module: str) -> list[Any]:
    """Our modules, or objects in them, that answer for one of PyTorch's."""
    rooms: list[Any] = []
    for place in ROOMS.get(module, "").split():
        home, _, inside = place.partition(":")
        found: Any = importlib.import_module(home)
        rooms.append(getattr(found, inside) if inside else found)
    return rooms


class Finder(MetaPathFinder, Loader):
    """Finds and makes the modules of these names, and no others."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in TOPS:
            return None
        if fullname in ROOMS:
            try:
                _rooms(fullname)
            except ModuleNotFoundError as error:
                if not (error.name or "").startswith("gradloom"):
                    raise
            else:
                return ModuleSpec(fullname, self, origin="gradloom", is_package=True)
        elif _refusal(fullname):
            return ModuleSpec(fullname, self, origin="gradloom", is_package=True)
        raise ModuleNotFoundError(f"Gradloom has no module '{fullname}'", name=fullname)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Alias(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = f"<gradloom as {module.__name__}>"
        for room in _rooms(module.__name__):
            module.__doc__ = room.__doc__
            return


@contextmanager
def aliased() -> Iterator[None]:
    """Within the block `import torch` and `import torchvision` give Gradloom, speaking as PyTorch does."""
    before = _taken_out()
    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        with spelling("torch"), as_pytorch_shows_them():
            yield
    finally:
        sys.meta_path.remove(finder)
        _taken_out()
        sys.modules.update(before)


def _taken_out() -> dict[str, ModuleType]:
    """Take every module of these names out of `sys.modules`."""
    names = [name for name in sys.modules if name.partition(".")[0] in TOPS]
    return {name: sys.modules.pop(name) for name in names}
