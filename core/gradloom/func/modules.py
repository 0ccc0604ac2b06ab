"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.nn.module import Module
from gradloom.ops.movement.joining import stack


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of models of one kind, each stacked along a new first dim, for `vmap`.

    RuntimeError if there is no model, or if they differ in class or mode.
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({each.training for each in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(each) for each in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(each.named_parameters()) for each in models]
    buffers = [dict(each.named_buffers()) for each in models]
    return (
        {
            name: stack([each[name] for each in parameters]).detach().requires_grad_(first.requires_grad)
            for name, first in parameters[0].items()
        },
        {name: stack([each[name] for each in buffers]).detach() for name in buffers[0]},
    )
