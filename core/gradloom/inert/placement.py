"""What scripts do with a tensor's place: there is one, the CPU, and no memory is pinned or shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.device import checked
from gradloom.inert.layout import layout, strided
from gradloom.inert.legacy import TensorType
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


def is_same_size(self: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape."""
    return bool(self.array.shape == other.array.shape)


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both are the same view of the same memory."""
    mine, theirs = (each.array.__array_interface__ for each in (self, tensor))
    return bool(mine["data"] == theirs["data"] and self.array.strides == tensor.array.strides)


def is_nonzero(self: Tensor) -> bool:
    """Whether the only element is not zero."""
    return bool(self)


def is_signed(self: Tensor) -> bool:
    """Whether elements can be negative."""
    return self.dtype.is_signed


def _no(self: Tensor) -> bool:
    """Whether the elements stand for others that are still to be computed: never."""
    return False


def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Put `callable(element)` in the place of every element: slow, and unknown to the tape."""
    flat = [callable(each) for each in self.array.reshape(-1).tolist()]
    np.copyto(self.array, np.array(flat, self.array.dtype).reshape(self.array.shape))
    self._counter[0] += 1
    return self


def map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Put `callable(element, other)` in the place of every element: slow, and unknown to the tape."""
    pairs = np.broadcast(self.array, tensor.array)
    flat = [callable(each.item(), other.item()) for each, other in pairs]
    np.copyto(self.array, np.array(flat, self.array.dtype).reshape(self.array.shape))
    self._counter[0] += 1
    return self


def new(self: Tensor, *data: Any, device: Any = None) -> Tensor:
    """A tensor of this dtype with data, or of a size with whatever was in memory: of older scripts."""
    return TensorType(self.dtype)(*data)


def always(self: Tensor) -> bool:
    """Whether the elements are on the CPU: always."""
    return True


def never(self: Tensor) -> bool:
    """Whether the tensor is of a kind that there is not: never."""
    return False


def _layout(self: Tensor) -> layout:
    """How the elements are stored: `strided`."""
    return strided


for _method in (
    cuda, pin_memory, is_pinned, share_memory_, is_shared, get_device, is_same_size, is_set_to, is_nonzero,
    is_signed, new, apply_, map_,
):  # fmt: skip
    Operand.bind(_method.__name__, _method)
for _name in ("is_conj", "is_inference", "is_neg", "is_distributed"):
    Operand.bind(_name, _no)
for _name in (
    "is_ipu", "is_maia", "is_meta", "is_mkldnn", "is_mps", "is_mtia", "is_nested", "is_quantized",
    "is_sparse", "is_sparse_csr", "is_vulkan", "is_xla", "is_xpu", "volatile",
):  # fmt: skip
    Operand.bind(_name, property(never))
Operand.bind("is_cpu", property(always))
Operand.bind("layout", property(_layout))
