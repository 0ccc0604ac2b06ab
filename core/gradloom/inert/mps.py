"""What scripts ask about Apple's GPUs: they are not used."""

from __future__ import annotations

__all__ = [
    "current_allocated_memory", "device_count", "driver_allocated_memory", "empty_cache", "is_available",
    "is_built", "manual_seed", "seed", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether Metal can compute: never."""
    return False


def is_built() -> bool:
    """Whether Gradloom was built for Metal: no."""
    return False


def device_count() -> int:
    """The number of Apple GPUs: 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: the default generator is the only one."""


def seed() -> None:
    """Nothing: the default generator is the only one."""


def synchronize() -> None:
    """Nothing: what was called has been computed."""


def empty_cache() -> None:
    """Nothing: no memory is used on an Apple GPU."""


def current_allocated_memory() -> int:
    """Bytes in use on an Apple GPU: 0."""
    return 0


driver_allocated_memory = current_allocated_memory
