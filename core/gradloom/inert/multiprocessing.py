"""Python's own multiprocessing, which is all that a CPU engine needs, under PyTorch's name."""

from __future__ import annotations

from multiprocessing import *  # noqa: F403
from multiprocessing import __all__ as _python

from gradloom.inert.refusal import Unavailable

__all__ = [*_python, "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn"]

spawn = Unavailable("multiprocessing.spawn", "a script runs in one process; call the function itself")


def get_all_sharing_strategies() -> set[str]:
    """The ways to share tensors between processes: by copies in a file."""
    return {"file_system"}


def get_sharing_strategy() -> str:
    """The way in use."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Nothing: tensors are copied to other processes, whatever the name."""
