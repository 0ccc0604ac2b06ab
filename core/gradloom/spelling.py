"""The name under which dtypes, sizes and types speak of themselves.

It is "gradloom", and "torch" while a PyTorch script runs under that name, so that what it prints is PyTorch's
to the letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_name = "gradloom"


def spelled(name: str) -> str:
    """`name` as an attribute of the engine: "gradloom.float32"."""
    return f"{_name}.{name}"


@contextmanager
def spelling(name: str) -> Iterator[None]:
    """Within the block the engine goes by `name`."""
    global _name
    before, _name = _name, name
    try:
        yield
    finally:
        _name = before
