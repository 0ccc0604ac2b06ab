"""What scripts do with a tensor's place: there is one, the CPU, and no memory is pinned or shared."""

from __future__ import annotations

from typing import Any

from gradloom.device import checked
from gradloom.inert.layout import layout, strided
from gradloom.ops.operand import Operand
from gradloom.tensor import Tensor


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """This tensor on a CUDA device: RuntimeError, since there is none."""
    checked("cuda" if device is None else device)
    return self


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """This tensor: there is no device that pinned memory would be copied to."""
    return self


def is_pinned(self: Tensor, device: Any = None) -> bool:
    """Whether the memory is pinned: never."""
    return False


def share_memory_(self: Tensor) -> Tensor:
    """This tensor: processes get copies."""
    return self


def is_shared(self: Tensor) -> bool:
    """Whether processes share the memory: never."""
    return False


def get_device(self: Tensor) -> int:
    """The device's number: -1, as for all tensors on the CPU."""
    return -1


def never(self: Tensor) -> bool:
    """Whether the tensor is of a kind that there is not: never."""
    return False


def _layout(self: Tensor) -> layout:
    """How the elements are stored: `strided`."""
    return strided


for _method in (cuda, pin_memory, is_pinned, share_memory_, is_shared, get_device):
    Operand.bind(_method.__name__, _method)
for _name in ("is_meta", "is_mps", "is_nested", "is_quantized", "is_sparse", "is_xpu"):
    Operand.bind(_name, property(never))
Operand.bind("layout", property(_layout))
