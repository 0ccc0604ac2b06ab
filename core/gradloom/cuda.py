"""What scripts ask about CUDA: there is none, so they take their way for the CPU."""

from __future__ import annotations


def is_available() -> bool:
    """Whether there is a CUDA device: never."""
    return False


def device_count() -> int:
    """The number of CUDA devices: 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing, as in PyTorch where there is no CUDA device."""


def manual_seed_all(seed: int) -> None:
    """Nothing, as in PyTorch where there is no CUDA device."""


def empty_cache() -> None:
    """Nothing, as in PyTorch where there is no CUDA device."""
