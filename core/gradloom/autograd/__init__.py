"""The tape: recording, the backward sweep, custom functions and gradient checks."""

from __future__ import annotations

from typing import Any

from gradloom.autograd import function
from gradloom.autograd.function import Function
from gradloom.autograd.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from gradloom.autograd.gradcheck import gradcheck, gradgradcheck
from gradloom.autograd.sweep import backward, grad
from gradloom.tensor import Tensor

__all__ = [
    "Function",
    "Variable",
    "backward",
    "enable_grad",
    "function",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "set_grad_enabled",
]


def Variable(data: Tensor, requires_grad: bool = False, volatile: Any = None) -> Tensor:  # noqa: N802 - PyTorch's name
    """A tensor over the same memory: what older PyTorch scripts wrap tensors in."""
    return data.detach().requires_grad_(requires_grad)
