"""Layers that bring several branches together. PyTorch has operators for these; a graph needs nodes."""

from __future__ import annotations

import functools
import operator

from gradloom.nn.module import Module
from gradloom.ops.movement.joining import cat
from gradloom.tensor import Tensor


class Add(Module):
    """Adds all its inputs, element by element: how a residual connection ends."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return functools.reduce(operator.add, _some(inputs, "Add"))


class Multiply(Module):
    """Multiplies all its inputs, element by element: how a gate closes."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return functools.reduce(operator.mul, _some(inputs, "Multiply"))


class Concat(Module):
    """Puts its inputs behind each other along one dimension.

    Args:
        dim: the dimension that grows; 1 is the channels or features.
    """

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *inputs: Tensor) -> Tensor:
        return cat(_some(inputs, "Concat"), self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


def _some(inputs: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
    if not inputs:
        raise TypeError(f"{name} needs at least one input, but got none")
    return inputs
