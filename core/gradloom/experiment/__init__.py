"""Experiments: documents on disk, their graphs, and their training.

from gradloom.experiment import Trainer, read

Each name is imported when it is first used, so that a start loads no more than it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradloom.experiment.analysis import Analysis, Problem
    from gradloom.experiment.build import BuildError, Network
    from gradloom.experiment.data_paths import located
    from gradloom.experiment.document import Choice, Document, Wire
    from gradloom.experiment.document_file import DocumentError, parse, read, render, write
    from gradloom.experiment.examples import list_examples, read_example
    from gradloom.experiment.layout import arrange
    from gradloom.experiment.trainer import Trainer

__all__ = [
    "Analysis",
    "BuildError",
    "Choice",
    "Document",
    "DocumentError",
    "Network",
    "Problem",
    "Trainer",
    "Wire",
    "arrange",
    "list_examples",
    "located",
    "parse",
    "read",
    "read_example",
    "render",
    "write",
]

_HOMES = {
    "analysis": ("Analysis", "Problem"),
    "build": ("BuildError", "Network"),
    "data_paths": ("located",),
    "document": ("Choice", "Document", "Wire"),
    "document_file": ("DocumentError", "parse", "read", "render", "write"),
    "examples": ("list_examples", "read_example"),
    "layout": ("arrange",),
    "trainer": ("Trainer",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
