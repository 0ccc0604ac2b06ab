"""Pages: modules whose names are loaded from their homes when first asked for.

A page is one table of what can be imported from it, so that a large public surface costs an import nothing:

    __getattr__, __dir__, __all__ = page(__name__, {"gradloom.ops.special.gamma": "lgamma gammaln=lgamma"})

An entry `alias=name` gives a name of the home another one on the page. `tools/write_stubs.py` writes the same
table as a stub for editors and type checkers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

PAGES: dict[str, dict[str, tuple[str, str]]] = {}
"""Of every page that was imported: for each of its names the home, and the name there ("" for a module)."""


def page(
    name: str, homes: Mapping[str, str], rooms: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """What the module called `name` needs to be a page: its `__getattr__`, `__dir__` and `__all__`.

    Args:
        name: the page's own `__name__`.
        homes: for each module the names, separated by blanks, that the page takes from it.
        rooms: submodules that the page opens when they are asked for.
    """
    entries = {room: (f"{name}.{room}", "") for room in rooms.split()}
    for home, names in homes.items():
        for entry in names.split():
            alias, _, original = entry.partition("=")
            entries[alias] = (home, original or alias)
    PAGES[name] = entries

    def load(wanted: str) -> Any:
        if wanted not in entries:
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
        home, original = entries[wanted]
        module = import_module(home)
        found = getattr(module, original) if original else module
        setattr(sys.modules[name], wanted, found)
        return found

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[name]), *entries})

    return load, listed, sorted(entries)
