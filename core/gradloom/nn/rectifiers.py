"""Rectifiers as layers, and other activations made of straight pieces."""

from __future__ import annotations

from typing import Any

from gradloom.creation import empty
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn.init import constant_
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor


class MaybeInplace(Module):
    """What can overwrite its input and has no other setting."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(MaybeInplace):
    """Sets negative values to zero: max(x, 0).

    Args:
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class LeakyReLU(Module):
    """Shrinks negative values instead of setting them to zero.

    Args:
        negative_slope: what negative values are multiplied by.
        inplace: whether to overwrite the input, which saves memory.
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """Shrinks negative values by slopes that it learns.

    Args:
        num_parameters: number of slopes: 1, or one for each channel, >= 1.
        init: the slopes to begin with.
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: DType | None = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(empty((num_parameters,), dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin anew with the slopes that were asked for."""
        constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(Module):
    """Shrinks negative values by random slopes while training, by their mean afterwards.

    Args:
        lower: smallest slope.
        upper: largest slope.
        inplace: whether to overwrite the input, which saves memory.
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


class ELU(Module):
    """Bends negative values smoothly towards -alpha: alpha * (exp(x) - 1).

    Args:
        alpha: how far down negative values go, > 0.
        inplace: whether to overwrite the input, which saves memory.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class SELU(MaybeInplace):
    """An ELU whose scales keep mean 0 and variance 1 from layer to layer.

    Args:
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class CELU(Module):
    """An ELU without a kink at 0, whatever alpha: alpha * (exp(x / alpha) - 1) below 0.

    Args:
        alpha: how far down negative values go, > 0.
        inplace: whether to overwrite the input, which saves memory.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class Threshold(Module):
    """Passes on what is above a threshold and puts one value in place of the rest.

    Args:
        threshold: what values have to be above.
        value: what takes the place of the others.
        inplace: whether to overwrite the input, which saves memory.
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


# Straight pieces


class Hardtanh(Module):
    """Clips values to a range.

    Args:
        min_val: the smallest value passed on.
        max_val: the largest value passed on.
        inplace: whether to overwrite the input, which saves memory.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if not max_val > min_val:
            raise ValueError(f"max_val must be larger than min_val, got {max_val} and {min_val}")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class ReLU6(Hardtanh):
    """Clips values to the range from 0 to 6.

    Args:
        inplace: whether to overwrite the input, which saves memory.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Hardsigmoid(MaybeInplace):
    """Goes from 0 at -3 to 1 at 3 in a straight line, a cheap sigmoid.

    Args:
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardswish(MaybeInplace):
    """Scales each value by its hard sigmoid, a cheap SiLU.

    Args:
        inplace: whether to overwrite the input, which saves memory.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardshrink(Module):
    """Sets values near 0 to 0.

    Args:
        lambd: how near counts, >= 0.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Module):
    """Brings each value nearer to 0, and to 0 what is near.

    Args:
        lambd: by how much, >= 0.
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)
