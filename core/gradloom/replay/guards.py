"""What a recorded step took for granted, to be looked at before each replay."""

from __future__ import annotations

from operator import is_
from typing import Any, NamedTuple, Protocol

from gradloom.dtypes import Array
from gradloom.nn.module import Module
from gradloom.tensor import Tensor


class Holding(Protocol):
    """Something that can cease to be as it was."""

    def holds(self) -> bool: ...


class Used(NamedTuple):
    """A tensor that the step used without getting it as an argument, as it was then."""

    tensor: Tensor
    array: Array
    requires_grad: bool

    def holds(self) -> bool:
        tensor = self.tensor
        return (
            tensor.array is self.array and tensor._requires_grad is self.requires_grad and not tensor._hooks
        )


class RunningModule(NamedTuple):
    """A module that ran, and all that it held: settings, mode, parameters, buffers, children."""

    module: Module
    held: tuple[Any, ...]

    def holds(self) -> bool:
        now = held_by(self.module)
        return len(now) == len(self.held) and all(map(is_, now, self.held)) and not has_hooks(self.module)


def has_hooks(module: Module) -> bool:
    """Whether functions of the user's are called around the module's forward."""
    return bool(
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
    )


def held_by(module: Module) -> tuple[Any, ...]:
    """The values of the module's attributes and tables."""
    attributes = module.__dict__
    return (
        *attributes.values(),
        *attributes["_parameters"].values(),
        *attributes["_buffers"].values(),
        *attributes["_modules"].values(),
    )
