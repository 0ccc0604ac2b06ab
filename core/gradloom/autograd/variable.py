"""What older PyTorch scripts wrap tensors in."""

from __future__ import annotations

from typing import Any

from gradloom.tensor import Tensor


def Variable(data: Tensor, requires_grad: bool = False, volatile: Any = None) -> Tensor:  # noqa: N802 - PyTorch's name
    """A tensor over the same memory, which is what a tensor itself has long been."""
    return data.detach().requires_grad_(requires_grad)
