"""Fully connected layers."""

from __future__ import annotations

import math
from typing import Any

from gradloom.creation import empty
from gradloom.nn import init
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.ops.linear import linear
from gradloom.tensor import Tensor


class Linear(Module):
    """Each output is a weighted sum of all inputs: `x @ weight.T + bias`.

    Shapes: (..., in_features) -> (..., out_features).

    Args:
        in_features: size of each input sample, > 0.
        out_features: size of each output sample, > 0.
        bias: whether a learned number is added to each output.
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in_features))
        self.register_parameter("bias", Parameter(empty(out_features)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and bias uniformly within 1 / sqrt(in_features)."""
        init_uniform_by_fan_in(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )


class Identity(Module):
    """Gives back what it gets. Takes and ignores any arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


def init_uniform_by_fan_in(weight: Parameter, bias: Parameter | None) -> None:
    """PyTorch's default for layers that sum: uniform within 1 / sqrt(fan_in), weight first."""
    init.kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        fan_in, _ = init._calculate_fan_in_and_fan_out(weight)
        bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
        init.uniform_(bias, -bound, bound)
