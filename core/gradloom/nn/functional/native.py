"""Normalizations that also give what they normalized by, as PyTorch's lower layer does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import empty
from gradloom.nn.functional.normalization import batch_norm, group_norm, layer_norm
from gradloom.tensor import Tensor

Triple = tuple[Tensor, Tensor, Tensor]
"""The result, the mean, and one over the standard deviation."""


def native_layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None,
    bias: Tensor | None,
    eps: float,
) -> Triple:
    """`layer_norm`, with the mean of each sample and one over its standard deviation."""
    out = layer_norm(input, normalized_shape, weight, bias, eps)
    with no_grad():
        mean, inverse = _moments(input, tuple(range(-len(normalized_shape), 0)), eps, keepdim=True)
    return out, mean, inverse


def native_group_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    N: int,
    C: int,
    HxW: int,
    group: int,
    eps: float,
) -> Triple:
    """`group_norm`, with the mean of each group and one over its standard deviation, (N, group)."""
    out = group_norm(input, group, weight, bias, eps)
    return out, *_moments(input.reshape(N, group, C // group * HxW), (2,), eps)


def native_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Triple:
    """`batch_norm`, with the batch's mean and one over its standard deviation when `training`."""
    out = batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return out, empty(0, dtype=input.dtype), empty(0, dtype=input.dtype)
    with no_grad():
        mean, inverse = _moments(input, (0, *range(2, input.ndim)), eps)
    return out, mean, inverse


def _moments(
    input: Tensor, dims: tuple[int, ...], eps: float, keepdim: bool = False
) -> tuple[Tensor, Tensor]:
    mean: Any = input.mean(dims, keepdim)
    variance: Any = input.var(dims, False, keepdim)
    return mean, 1 / (variance + eps).sqrt()
