"""The tape: recording, the backward sweep, custom functions and gradient checks."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.autograd.function": "Function",
        "gradloom.autograd.grad_mode": "enable_grad inference_mode is_grad_enabled no_grad set_grad_enabled",
        "gradloom.autograd.numerical": "gradcheck gradgradcheck",
        "gradloom.autograd.sweep": "backward grad",
        "gradloom.autograd.variable": "Variable",
    },
    rooms="function",
)
