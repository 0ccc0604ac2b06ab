"""PyTorch scripts as they are: during a run Gradloom answers for `torch` and `torchvision`."""

from __future__ import annotations

from gradloom.interop.alias import aliased
from gradloom.interop.script import run_module, run_script

__all__ = ["aliased", "run_module", "run_script"]
