"""Transformations of functions: gradients, Jacobians, batches."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.func.gradients": "grad grad_and_value jvp vjp",
        "gradloom.func.jacobians": "hessian jacfwd jacrev",
        "gradloom.func.mapping": "vmap",
        "gradloom.func.modules": "stack_module_state",
        "gradloom.nn.functional_call": "functional_call",
    },
)
