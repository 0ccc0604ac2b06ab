"""Compilers of Python code: everything runs as it is written, which gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

__all__ = ["allow_in_graph", "compile", "config", "disable", "is_compiling", "is_dynamo_compiling", "reset"]

config = SimpleNamespace()
"""Settings that scripts assign; nothing reads them."""


def compile(model: Callable[..., Any] | None = None, **settings: Any) -> Any:  # noqa: A001 - PyTorch's name
    """`model` itself; also as a decorator, with or without settings. Nothing is compiled."""
    return (lambda function: function) if model is None else model


def disable(fn: Callable[..., Any] | None = None, **settings: Any) -> Any:
    """`fn` itself; also as a decorator."""
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """`fn` itself."""
    return fn


def is_compiling() -> bool:
    """Whether code is being compiled: never."""
    return False


is_dynamo_compiling = is_compiling


def reset() -> None:
    """Nothing: no compiled code is kept."""
