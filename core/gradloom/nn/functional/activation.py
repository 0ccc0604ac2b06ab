"""Activations as functions."""

from __future__ import annotations

import warnings
from typing import Any, Literal

from gradloom.dtypes import dtype as DType
from gradloom.ops import activation as ops
from gradloom.ops.hyperbolic import tanh
from gradloom.ops.logistic import sigmoid
from gradloom.tensor import Tensor

softplus = ops.softplus

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0)."""
    return input.relu_() if inplace else ops.relu(input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is positive, negative_slope * input elsewhere."""
    return input.leaky_relu_(negative_slope) if inplace else ops.leaky_relu(input, negative_slope)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, alpha * (exp(input) - 1) elsewhere."""
    return input.elu_(alpha) if inplace else ops.elu(input, alpha)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input)."""
    return input.silu_() if inplace else ops.silu(input)


def gelu(input: Tensor, *, approximate: Literal["none", "tanh"] = "none") -> Tensor:
    """input times the standard normal distribution function of input."""
    return ops.gelu(input, approximate)


def softmax(input: Tensor, dim: int | None = None, *, dtype: DType | None = None) -> Tensor:
    """exp(input) / sum(exp(input)) along `dim`, computed in `dtype` if given."""
    return ops.softmax(_cast(input, dtype), _chosen_dim("softmax", input, dim))


def log_softmax(input: Tensor, dim: int | None = None, *, dtype: DType | None = None) -> Tensor:
    """log(softmax(input, dim)), without overflow."""
    return ops.log_softmax(_cast(input, dtype), _chosen_dim("log_softmax", input, dim))


def _cast(input: Tensor, dtype: DType | None) -> Any:
    return input if dtype is None else input.to(dtype)


def _chosen_dim(name: str, input: Tensor, dim: int | None) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. "
        "Change the call to include dim=X as an argument.",
        stacklevel=3,
    )
    return 0 if input.ndim in (0, 1, 3) else 1
