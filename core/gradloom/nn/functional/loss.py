"""Losses as functions. `reduction` is "mean", "sum" or "none"."""

from __future__ import annotations

import warnings
from typing import Literal, TypeAlias

from gradloom.ops import cross_entropy as class_ops
from gradloom.ops import loss as ops
from gradloom.ops.activation import log_softmax
from gradloom.ops.exponential import exp, log
from gradloom.ops.selection import where
from gradloom.tensor import Tensor

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The negative log-likelihood of the target under softmax(input).

    Shapes: input (n, c), (n, c, ...) or (c) of scores; target the same without c, int64 class numbers, or of
    input's shape, class probabilities.

    Raises:
        ValueError: the numbers of samples differ.
        IndexError: a class number is out of range.
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if target.is_floating_point() and target.shape == input.shape:
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing)
    return class_ops.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)


def _soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: Reduction, label_smoothing: float
) -> Tensor:
    dim = 1 if input.ndim > 1 else 0
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    scores = log_softmax(input, dim)
    if weight is not None:
        scores = scores * weight.reshape(-1, *(1,) * (input.ndim - dim - 1))
    losses: Tensor = -(scores * target).sum(dim)
    # The mean is over samples, whatever their weights, as in PyTorch.
    return ops.reduced(losses, reduction)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Tensor:
    """The negative log-likelihood of class numbers, given log-probabilities.

    Shapes: input (n, c), (n, c, ...) or (c), target the same without c.
    """
    return class_ops.nll_loss(input, target, weight, ignore_index, reduction)


def mse_loss(input: Tensor, target: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """The squared difference."""
    _warn_of_broadcasting(input, target)
    return ops.mse_loss(input, target, reduction)


def l1_loss(input: Tensor, target: Tensor, *, reduction: Reduction = "mean") -> Tensor:
    """The absolute difference."""
    _warn_of_broadcasting(input, target)
    return ops.l1_loss(input, target, reduction)


def huber_loss(input: Tensor, target: Tensor, reduction: Reduction = "mean", delta: float = 1.0) -> Tensor:
    """Half the squared difference up to `delta`, straight beyond."""
    _warn_of_broadcasting(input, target)
    return ops.huber_loss(input, target, reduction, delta)


def smooth_l1_loss(
    input: Tensor, target: Tensor, *, reduction: Reduction = "mean", beta: float = 1.0
) -> Tensor:
    """The absolute difference, rounded off below `beta`: `huber_loss` divided by `beta`."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return huber_loss(input, target, reduction, beta) / beta


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: Reduction = "mean"
) -> Tensor:
    """Cross-entropy of probabilities in [0, 1] with targets in [0, 1]."""
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is "
            "deprecated. Please ensure they have the same size."
        )
    return ops.binary_cross_entropy(input, target, reduction, weight)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    reduction: Reduction = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of sigmoid(input) with targets in [0, 1], exact for large inputs."""
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return ops.binary_cross_entropy_with_logits(input, target, reduction, weight, pos_weight)


def kl_div(
    input: Tensor,
    target: Tensor,
    *,
    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean",
    log_target: bool = False,
) -> Tensor:
    """target * (log(target) - input), for log-probabilities `input`: how far input is from target.

    "batchmean" divides the sum by the number of samples, which is what mathematics means by the mean here.
    """
    if log_target:
        losses = exp(target) * (target - input)
    else:
        positive = target > 0
        logs = log(where(positive, target, 1.0))
        losses = where(positive, target * logs, 0.0) - target * input
    if reduction == "batchmean":
        return losses.sum() / input.shape[0]
    return ops.reduced(losses, reduction)


def _warn_of_broadcasting(input: Tensor, target: Tensor) -> None:
    if target.array.shape != input.array.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
            "This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )
