"""What a recorded step took for granted, to be looked at before each replay."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import is_
from typing import Any, NamedTuple

from gradloom.dtypes import Array
from gradloom.nn.module import Module
from gradloom.replay.names import Names
from gradloom.tensor import Tensor


class Used(NamedTuple):
    """A tensor that the step used without getting it as an argument, as it was then."""

    tensor: Tensor
    array: Array
    requires_grad: bool


class RunningModule(NamedTuple):
    """A module that ran: the tables of its settings, parameters, buffers, children and hooks."""

    module: Module
    tables: tuple[dict[Any, Any], ...]
    held: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, module: Module) -> RunningModule:
        """The module as it is now."""
        held: list[dict[Any, Any]] = [vars(module), module._parameters, module._buffers, module._modules]
        tables = *held, *_hooks_of(module)
        return cls(module, tables, tuple(tuple(table.values()) for table in tables))


class Guards:
    """All that has to be as it was, looked over in few calls, as before each replay it is."""

    def __init__(self, used: Iterable[Used], modules: Iterable[RunningModule], names: Names) -> None:
        self._names = names
        self._used = list(used)
        known = list(modules)
        self._tables = [table for module in known for table in module.tables]
        held = [values for module in known for values in module.held]
        self._sizes = list(map(len, held))
        # An empty table has nothing to compare but its size.
        self._full = [table for table, size in zip(self._tables, self._sizes, strict=True) if size]
        self._held = list(chain.from_iterable(held))

    def hold(self) -> bool:
        """Whether everything is as it was."""
        for tensor, array, requires_grad in self._used:
            if tensor.array is not array or tensor._requires_grad is not requires_grad or tensor._hooks:
                return False
        if list(map(len, self._tables)) != self._sizes:
            return False
        if not self._names.hold():
            return False
        return all(map(is_, chain.from_iterable(map(dict.values, self._full)), self._held))


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
