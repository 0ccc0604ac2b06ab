"""Checkpoints save memory by computing twice. Here everything is computed once and kept: the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["checkpoint", "checkpoint_sequential"]


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`."""
    return function(*args, **kwargs)


def checkpoint_sequential(
    functions: Iterable[Callable[[Any], Any]], segments: int, input: Any, **settings: Any
) -> Any:
    """`input` through all functions, one after the other."""
    value = input
    for function in functions:
        value = function(value)
    return value
