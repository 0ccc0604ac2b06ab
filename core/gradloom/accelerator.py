"""What scripts ask about accelerators: there is none, so they take their way for the CPU."""

from __future__ import annotations


def is_available() -> bool:
    """Whether there is an accelerator: never."""
    return False


def current_accelerator(check_available: bool = False) -> None:
    """The accelerator's device: None."""


def device_count() -> int:
    """The number of accelerators: 0."""
    return 0
