"""What scripts ask about back-ends other than the CPU."""

from __future__ import annotations

from gradloom.backends import cudnn, mps

__all__ = ["cudnn", "mps"]
