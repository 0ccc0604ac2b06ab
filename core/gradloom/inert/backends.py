"""What scripts ask about back-ends and switch in them. Switches can be set and read; nothing reads them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gradloom.inert import mps

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "nnpack", "openmp", "opt_einsum", "quantized"]


class Backend(SimpleNamespace):
    """A back-end that is not there, with the switches that scripts set in it."""

    def is_available(self) -> bool:
        """Whether it can compute: no."""
        return False

    def is_built(self) -> bool:
        """Whether Gradloom was built with it: no."""
        return False

    def version(self) -> None:
        """Its version: None."""

    def flags(self, **switches: Any) -> _Nothing:
        """A block with these switches, which change nothing."""
        return _Nothing()


class _Nothing:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        return None


def _sdp_switch(name: str) -> dict[str, Any]:
    return {f"enable_{name}": lambda enabled: None, f"{name}_enabled": lambda: name == "math_sdp"}


cudnn = Backend(enabled=False, benchmark=False, deterministic=True, allow_tf32=False, benchmark_limit=10)
cuda = Backend(
    matmul=SimpleNamespace(
        allow_tf32=False,
        allow_fp16_reduced_precision_reduction=False,
        allow_bf16_reduced_precision_reduction=False,
        fp32_precision="ieee",
    ),
    sdp_kernel=lambda **switches: _Nothing(),
    **_sdp_switch("flash_sdp"),
    **_sdp_switch("mem_efficient_sdp"),
    **_sdp_switch("math_sdp"),
)
cpu = SimpleNamespace(get_cpu_capability=lambda: "DEFAULT")
mkl = Backend()
mkldnn = Backend(enabled=False)
nnpack = Backend()
openmp = Backend()
opt_einsum = Backend(enabled=False, strategy=None)
quantized = SimpleNamespace(engine="none", supported_engines=["none"])
