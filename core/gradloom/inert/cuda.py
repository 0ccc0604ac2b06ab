"""What scripts ask about CUDA: there is none, so they take their way for the CPU."""

from __future__ import annotations

from typing import Any, NoReturn

from gradloom.inert import cuda_amp as amp
from gradloom.inert.refusal import Unavailable

__all__ = [
    "OutOfMemoryError",
    "amp", "current_device", "device_count", "empty_cache", "get_device_capability", "get_device_name",
    "get_device_properties", "get_rng_state", "get_rng_state_all", "ipc_collect", "is_available",
    "is_bf16_supported", "is_initialized", "manual_seed", "manual_seed_all", "max_memory_allocated",
    "max_memory_reserved", "memory_allocated", "memory_reserved", "reset_max_memory_allocated",
    "reset_peak_memory_stats", "seed", "set_device", "synchronize",
]  # fmt: skip

_NONE = "there is no CUDA device, so leave out .cuda and use device='cpu'"


class OutOfMemoryError(RuntimeError):
    """What a CUDA device raises when its memory is full: never here, but scripts catch it."""


def is_available() -> bool:
    """Whether there is a CUDA device: never."""
    return False


def is_initialized() -> bool:
    """Whether CUDA was started: never."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a CUDA device computes in bfloat16: there is none."""
    return False


def device_count() -> int:
    """The number of CUDA devices: 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing, as in PyTorch where there is no CUDA device."""


def manual_seed_all(seed: int) -> None:
    """Nothing, as in PyTorch where there is no CUDA device."""


def seed() -> None:
    """Nothing, as in PyTorch where there is no CUDA device."""


def empty_cache() -> None:
    """Nothing, as in PyTorch where there is no CUDA device."""


def ipc_collect() -> None:
    """Nothing, as in PyTorch where there is no CUDA device."""


def synchronize(device: Any = None) -> None:
    """Nothing: what was called has been computed."""


def reset_peak_memory_stats(device: Any = None) -> None:
    """Nothing: no memory is used on a CUDA device."""


reset_max_memory_allocated = reset_peak_memory_stats


def memory_allocated(device: Any = None) -> int:
    """Bytes in use on a CUDA device: 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def get_rng_state_all() -> list[Any]:
    """The states of all CUDA devices' generators: an empty list."""
    return []


def _refuse(*args: Any, **kwargs: Any) -> NoReturn:
    """There is no CUDA device to do it with: NotImplementedError."""
    raise NotImplementedError(f"Gradloom has no CUDA: {_NONE}.")


set_device = current_device = get_device_name = get_device_properties = get_device_capability = _refuse
get_rng_state = _refuse


def __getattr__(name: str) -> Any:
    """Streams, events, `FloatTensor` and all else can be named, but not used."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return Unavailable(f"cuda.{name}", _NONE)
