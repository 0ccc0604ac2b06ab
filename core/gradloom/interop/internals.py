"""`torch._C`, `torch._utils`, `torch.overrides`: the few internals that libraries on top of PyTorch touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.ops.movement.joining import cat
from gradloom.random import Generator
from gradloom.tensor import Tensor

__all__ = ["Generator", "has_torch_function", "is_tensor_like"]


def _log_api_usage_once(*names: Any) -> None:
    """Nothing: no usage is logged."""


def _has_torch_function(*values: Any) -> bool:
    """Whether a value wants to handle operations itself: never."""
    return False


has_torch_function = has_torch_function_unary = has_torch_function_variadic = _has_torch_function


def is_tensor_like(inp: Any) -> bool:
    """Whether it is a tensor."""
    return isinstance(inp, Tensor)


def _flatten_dense_tensors(tensors: Sequence[Tensor]) -> Tensor:
    """All elements of all tensors in one vector."""
    flat: Tensor = cat([each.reshape(-1) for each in tensors])
    return flat


def _unflatten_dense_tensors(flat: Tensor, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The elements of a vector in the shapes of these tensors."""
    parts = flat.split([each.numel() for each in tensors])
    return tuple(part.view(each.shape) for part, each in zip(parts, tensors, strict=True))
