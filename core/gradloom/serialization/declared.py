"""Classes that a script declares safe to load. None is ever loaded; the declarations change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def add_safe_globals(safe_globals: Sequence[Any]) -> None:
    """Nothing: files give tensors and plain values only."""


def clear_safe_globals() -> None:
    """Nothing: there are none."""


def get_safe_globals() -> list[Any]:
    """Classes declared safe: none."""
    return []


@contextmanager
def safe_globals(safe_globals: Sequence[Any]) -> Iterator[None]:
    """A block in which files give tensors and plain values only, as outside it."""
    yield
