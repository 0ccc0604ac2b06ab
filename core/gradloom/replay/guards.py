"""What a recorded step took for granted, to be looked at before each replay."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import is_
from typing import Any, NamedTuple

from gradloom.dtypes import Array
from gradloom.nn.module import Module
from gradloom.replay.gradients import Leaf
from gradloom.replay.names import Names
from gradloom.tensor import Tensor


class Used(NamedTuple):
    """A tensor that the step uses or names, as it was then."""

    tensor: Tensor
    array: Array
    requires_grad: bool

    @classmethod
    def of(cls, tensor: Tensor) -> Used:
        """The tensor as it is now."""
        return cls(tensor, tensor.array, tensor.requires_grad)


class UsedModule(NamedTuple):
    """A module that ran or that the step names: its settings, parameters, buffers, children and hooks.

    With each table of those is what it held.
    """

    module: Module
    tables: list[tuple[dict[Any, Any], tuple[Any, ...]]]

    @classmethod
    def of(cls, module: Module) -> UsedModule:
        """The module as it is now."""
        settings: list[dict[Any, Any]] = [vars(module), module._parameters, module._buffers, module._modules]
        return cls(module, [(table, tuple(table.values())) for table in (*settings, *_hooks_of(module))])


class Guards:
    """All that has to be as it was, looked over in few calls, as before each replay it is.

    Args:
        used: tensors from outside of the step.
        modules: modules that the step runs or names, and their parts.
        names: what the step's names stand for.
    """

    def __init__(self, used: Iterable[Used], modules: Iterable[UsedModule], names: Names) -> None:
        self._names = names
        self._used = list(used)
        self._histories = [
            (tensor, tensor.grad_fn)
            for tensor, _, _ in self._used
            if tensor._view is not None or tensor._edge is not None
        ]
        self._gradients: list[Leaf] = []
        self._with_gradient: list[Tensor] = []
        tables = [each for module in modules for each in module.tables]
        self._empty = [table for table, held in tables if not held]
        self._full = [table.values() for table, held in tables if held]
        self._sizes = [len(held) for _, held in tables if held]
        self._held = list(chain.from_iterable(held for _, held in tables))

    def demand(self, gradients: Iterable[Leaf], with_gradient: Iterable[Tensor]) -> None:
        """From now on also that these leaves have these gradients, and those any."""
        self._gradients += gradients
        self._with_gradient += with_gradient

    def hold(self) -> bool:
        """Whether everything is as it was."""
        for tensor, node in self._histories:
            if tensor.grad_fn is not node:
                return False
        for tensor, array, requires_grad in self._used:
            if tensor.array is not array or tensor._requires_grad is not requires_grad or tensor._hooks:
                return False
        for leaf, gradient in self._gradients:
            if leaf.grad is not gradient:
                return False
        for leaf in self._with_gradient:
            if leaf.grad is None:
                return False
        if any(self._empty) or list(map(len, self._full)) != self._sizes:
            return False
        return self._names.hold() and all(map(is_, chain.from_iterable(self._full), self._held))


def has_hooks(module: Module) -> bool:
    """Whether functions of the user's are called around the module's forward."""
    return any(_hooks_of(module))


def _hooks_of(module: Module) -> tuple[dict[int, Any], ...]:
    return (
        module._forward_hooks,
        module._forward_pre_hooks,
        module._backward_hooks,
        module._backward_pre_hooks,
    )
