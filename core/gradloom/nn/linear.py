"""Fully connected layers."""

from __future__ import annotations

import math
from typing import Any

from gradloom.creation import Where, empty
from gradloom.dtypes import dtype as DType
from gradloom.nn import init
from gradloom.nn.lazy import LazyModuleMixin
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter, UninitializedParameter
from gradloom.ops.layers.linear import bilinear, linear
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

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in_features, device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None
        )
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


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear under the name that PyTorch shows for the last projection of attention.

    Args:
        in_features: size of each input sample, > 0.
        out_features: size of each output sample, > 0.
        bias: whether a learned number is added to each output.
    """


class LazyLinear(LazyModuleMixin, Linear):
    """A Linear whose `in_features` follows from the first input.

    Args:
        out_features: size of each output sample, > 0.
        bias: whether a learned number is added to each output.
    """

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: Where = None, dtype: DType | None = None
    ) -> None:
        super().__init__(0, 0, False)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_features = out_features
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw weights and bias, once their sizes are known."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Take `in_features` from the input's last dimension."""
        size = input.shape[-1]
        if self.has_uninitialized_params():
            self.in_features = size
            for parameter, shape in (
                (self.weight, (self.out_features, size)),
                (self.bias, (self.out_features,)),
            ):
                if isinstance(parameter, UninitializedParameter):
                    parameter.materialize(shape)
            self.reset_parameters()
        if self.in_features == 0:
            if size != self.weight.shape[-1]:
                raise AssertionError(
                    f"The in_features inferred from input: {size} is not equal to in_features from "
                    f"self.weight: {self.weight.shape[-1]}"
                )
            self.in_features = size


class Bilinear(Module):
    """Each output weighs every product of a value of one input and a value of the other.

    Shapes: (..., in1_features) and (..., in2_features) -> (..., out_features).

    Args:
        in1_features: size of each sample of the first input, > 0.
        in2_features: size of each sample of the second input, > 0.
        out_features: size of each output sample, > 0.
        bias: whether a learned number is added to each output.
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in1_features, in2_features, device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and bias uniformly within 1 / sqrt(in1_features)."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Identity(Module):
    """Gives back what it gets.

    Takes and ignores any arguments.
    """

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
