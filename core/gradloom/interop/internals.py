"""`torch._C`: the few of PyTorch's internals that libraries on top of it touch."""

from __future__ import annotations

from typing import Any

from gradloom.random import Generator

__all__ = ["Generator"]


def _log_api_usage_once(*names: Any) -> None:
    """Nothing: no usage is logged."""


def _has_torch_function(*values: Any) -> bool:
    """Whether a value wants to handle operations itself: never."""
    return False
