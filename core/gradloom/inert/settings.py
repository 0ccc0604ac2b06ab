"""Settings of the process that scripts make. Most have nothing to change here; they can be read back."""

from __future__ import annotations

from typing import Any

from gradloom import dtypes
from gradloom.device import CPU, checked, device
from gradloom.inert.legacy import TensorType

_state: dict[str, Any] = {
    "threads": 1, "interop_threads": 1, "precision": "highest", "deterministic": False, "warn_only": False,
    "warn_always": False,
}  # fmt: skip


def set_num_threads(num: int) -> None:
    """Keep the number; how many threads compute follows from the sizes of what is computed."""
    _state["threads"] = _positive(num)


def get_num_threads() -> int:
    """The number that `set_num_threads` was given, or 1."""
    return int(_state["threads"])


def set_num_interop_threads(num: int) -> None:
    """Keep the number; operations run one after the other."""
    _state["interop_threads"] = _positive(num)


def get_num_interop_threads() -> int:
    """The number that `set_num_interop_threads` was given, or 1."""
    return int(_state["interop_threads"])


def _positive(num: int) -> int:
    if num < 1:
        raise RuntimeError("set_num_threads expects a positive integer")
    return num


def set_float32_matmul_precision(precision: str) -> None:
    """Keep "highest", "high" or "medium"; products are computed in float32 whichever it is."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"Invalid float32 matmul precision: {precision}")
    _state["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was given, or "highest"."""
    return str(_state["precision"])


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Keep the wish; all results are deterministic in any case."""
    _state["deterministic"], _state["warn_only"] = mode, warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was given, or False."""
    return bool(_state["deterministic"])


def set_default_device(device: str | device | None) -> None:
    """Make new tensors on that device: the CPU, or RuntimeError."""
    if device is not None:
        checked(device)


def get_default_device() -> device:
    """Where new tensors are made: the CPU."""
    return CPU


def set_default_tensor_type(t: TensorType | str) -> None:
    """Make the dtype of a legacy type, or of its name, the default dtype."""
    dtypes.set_default_dtype(t.dtype if isinstance(t, TensorType) else dtypes.of_type_name(t))


def set_flush_denormal(mode: bool) -> bool:
    """Nothing; False says that numbers close to zero stay as they are."""
    return False


def set_warn_always(b: bool) -> None:
    """Keep the wish; a warning is shown as Python's filters say."""
    _state["warn_always"] = b


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was given, or False."""
    return bool(_state["warn_always"])
