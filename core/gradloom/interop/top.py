"""Names of the module `torch` that are of use to scripts written for it only."""

from __future__ import annotations

from typing import Any

from gradloom.dtypes import bfloat16, dtype, float16
from gradloom.func import vmap
from gradloom.inert.amp import GradScaler
from gradloom.inert.compiler import compile, is_compiling  # noqa: A004 - PyTorch's name
from gradloom.inert.cuda import OutOfMemoryError
from gradloom.interop.version import Version, __version__
from gradloom.tensor import Tensor

__all__ = [
    "AcceleratorError",
    "GradScaler",
    "OutOfMemoryError",
    "Version",
    "__version__",
    "compile",
    "get_autocast_dtype",
    "is_autocast_enabled",
    "is_compiling",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_storage",
    "typename",
    "vmap",
]  # fmt: skip


class AcceleratorError(RuntimeError):
    """What an accelerator raises: never here, but scripts catch it."""


def typename(obj: Any) -> str:
    """The name of a tensor's type, such as "torch.FloatTensor", or of another object's class."""
    if isinstance(obj, Tensor):
        return str(obj.type())
    module = type(obj).__module__
    return type(obj).__name__ if module in ("builtins", "__main__") else f"{module}.{type(obj).__name__}"


def is_storage(obj: Any) -> bool:
    """Whether `obj` is a storage: memory is kept in arrays, so never."""
    return False


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether an algorithm that is not deterministic would only be warned of: there is none."""
    return False


def get_autocast_dtype(device_type: str) -> dtype:
    """What `amp.autocast` would compute in on that device."""
    return bfloat16 if device_type == "cpu" else float16


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether `amp.autocast` changes anything: no."""
    return False
