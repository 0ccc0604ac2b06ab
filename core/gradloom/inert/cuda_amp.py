"""Mixed precision on CUDA devices: there are none, so everything is computed as it stands."""

from __future__ import annotations

from typing import Any

from gradloom.inert import amp
from gradloom.inert.amp import GradScaler, custom_bwd, custom_fwd

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


class autocast(amp.autocast):  # noqa: N801 - PyTorch's name
    """`amp.autocast("cuda", ...)`: computes as usual."""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)
