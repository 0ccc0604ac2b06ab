"""Names of the module `torch` that are of use to scripts written for it only."""

from __future__ import annotations

from gradloom.inert.compiler import compile, is_compiling  # noqa: A004 - PyTorch's name
from gradloom.interop.version import Version, __version__

__all__ = ["Version", "__version__", "compile", "is_autocast_enabled", "is_compiling"]


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether `amp.autocast` changes anything: no."""
    return False
