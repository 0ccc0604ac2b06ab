"""Activations as functions, with PyTorch's `inplace`."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np

from gradloom.creation import empty
from gradloom.dtypes import dtype as DType
from gradloom.dtypes import float64
from gradloom.ops.elementwise import activation, piecewise, rectifiers
from gradloom.ops.op import Op
from gradloom.tensor import Tensor, wrap


def _carried_out(op: Op[Any], inplace: bool, *args: Any) -> Tensor:
    """`op` on the arguments, written into the first of them if `inplace`."""
    made: Tensor = Tensor.apply_inplace(op, op.bind(args, {})) if inplace else op(*args)
    return made


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0)."""
    return _carried_out(rectifiers.relu, inplace, input)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(input, 0), 6)."""
    return _carried_out(piecewise.hardtanh, inplace, input, 0.0, 6.0)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is positive, negative_slope * input elsewhere."""
    return _carried_out(rectifiers.leaky_relu, inplace, input, negative_slope)


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """input where it is positive, slope * input elsewhere (Xu et al., 2015).

    While training the slopes are drawn from [lower, upper), one for each element; else they are the mean.
    """
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    damped = input.array <= 0
    slopes = np.ones(input.array.shape, input.array.dtype)
    slopes[damped] = empty(int(damped.sum()), dtype=float64).uniform_(lower, upper).array
    return _carried_out(rectifiers.sloped_relu, inplace, input, wrap(slopes))


def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """`rrelu`, written into the tensor itself."""
    return rrelu(input, lower, upper, training, True)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, alpha * (exp(input) - 1) elsewhere."""
    return _carried_out(rectifiers.elu, inplace, input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """`elu` with the scales that keep mean and variance from layer to layer."""
    return input.selu_() if inplace else rectifiers.selu(input)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """max(0, input) + min(0, alpha * (exp(input / alpha) - 1))."""
    return input.celu_(alpha) if inplace else rectifiers.celu(input, alpha)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input where it is above `threshold`, `value` elsewhere."""
    return _carried_out(rectifiers.threshold, inplace, input, threshold, value)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input, but not below `min_val` and not above `max_val`."""
    return _carried_out(piecewise.hardtanh, inplace, input, min_val, max_val)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(input + 3, 0), 6) / 6."""
    return _carried_out(piecewise.hardsigmoid, inplace, input)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * hardsigmoid(input)."""
    return _carried_out(piecewise.hardswish, inplace, input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input)."""
    return _carried_out(activation.silu, inplace, input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input))."""
    return _carried_out(activation.mish, inplace, input)


def gelu(input: Tensor, *, approximate: Literal["none", "tanh"] = "none") -> Tensor:
    """input times the standard normal distribution function of input."""
    return activation.gelu(input, approximate)


def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None
) -> Tensor:
    """exp(input) / sum(exp(input)) along `dim`, computed in `dtype` if given."""
    return activation.softmax(input, _chosen_dim("softmax", input, dim, _stacklevel), dtype)


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None
) -> Tensor:
    """softmax(-input), so that the smallest get most."""
    return activation.softmax(-input, _chosen_dim("softmin", input, dim, _stacklevel), dtype)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None
) -> Tensor:
    """log(softmax(input, dim)), without overflow."""
    return activation.log_softmax(input, _chosen_dim("log_softmax", input, dim, _stacklevel), dtype)


def _chosen_dim(name: str, input: Tensor, dim: int | None, stacklevel: int) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. "
        "Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if input.ndim in (0, 1, 3) else 1
