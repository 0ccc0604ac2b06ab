"""What scripts ask about accelerators: there is none, so they take their way for the CPU."""

from __future__ import annotations

from typing import Any

__all__ = [
    "current_accelerator", "current_device_index", "device_count", "empty_cache", "is_available",
    "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether there is an accelerator: never."""
    return False


def current_accelerator(check_available: bool = False) -> None:
    """The accelerator's device: None."""


def device_count() -> int:
    """The number of accelerators: 0."""
    return 0


def current_device_index() -> int:
    """The accelerator in use: there is none, so RuntimeError."""
    raise RuntimeError("Gradloom computes on the CPU only, so there is no accelerator")


def synchronize(device: Any = None) -> None:
    """Nothing: what was called has been computed."""


def empty_cache() -> None:
    """Nothing: no memory is used on an accelerator."""
