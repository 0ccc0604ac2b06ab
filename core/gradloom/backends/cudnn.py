"""NVIDIA's cuDNN: not used. Scripts may set these; Gradloom's results are deterministic anyway."""

from __future__ import annotations

enabled = False
benchmark = False
deterministic = True


def is_available() -> bool:
    """Whether cuDNN can compute: never."""
    return False
