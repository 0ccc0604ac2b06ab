"""All families of ops at once, for what goes through every op: tests, documentation, benchmarks."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from gradloom import ops
from gradloom.ops.op import COMPOSITES, REGISTRY, Composite, Op


def load_all() -> tuple[dict[str, Op[Any]], dict[str, Composite]]:
    """Load every family; the registry of ops and that of composites, complete."""
    for module in walk_packages(ops.__path__, f"{ops.__name__}."):
        import_module(module.name)
    return REGISTRY, COMPOSITES
