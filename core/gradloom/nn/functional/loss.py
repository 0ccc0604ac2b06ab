"""Losses that compare numbers, or distributions, element by element."""

from __future__ import annotations

import math
import warnings
from typing import Any

from gradloom.nn.functional.reduction import chosen
from gradloom.ops.elementwise.exponential import exp, log
from gradloom.ops.layers import loss as ops
from gradloom.ops.movement.selection import where
from gradloom.ops.movement.views import expand
from gradloom.ops.op import raw
from gradloom.ops.special.logarithm_products import xlogy
from gradloom.tensor import Tensor

# Differences of numbers


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The squared difference."""
    reduction = chosen(reduction, size_average, reduce)
    _warn_of_broadcasting(input, target)
    if weight is None:
        return ops.mse_loss(*_in_one_shape(input, target), reduction)
    return _weighted(ops.mse_loss(input, target, "none"), input, weight, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The absolute difference."""
    reduction = chosen(reduction, size_average, reduce)
    _warn_of_broadcasting(input, target)
    if weight is None:
        return ops.l1_loss(*_in_one_shape(input, target), reduction)
    return _weighted(ops.l1_loss(input, target, "none"), input, weight, reduction)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Half the squared difference up to `delta`, straight beyond."""
    _warn_of_broadcasting(input, target)
    if weight is None:
        return ops.huber_loss(*_in_one_shape(input, target), chosen(reduction), delta)
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    return ops.reduced(ops.huber_loss(input, target, "none", delta) * weight, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """The absolute difference, rounded off below `beta`: `huber_loss` divided by `beta`."""
    reduction = chosen(reduction, size_average, reduce)
    _warn_of_broadcasting(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return ops.l1_loss(*_in_one_shape(input, target), reduction)
    return ops.huber_loss(*_in_one_shape(input, target), reduction, beta) / beta


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-likelihood of counts, given the logarithms of their rates, or the rates.

    `full` adds Stirling's approximation of log(target!).
    """
    reduction = chosen(reduction, size_average, reduce)
    rates: Any = input
    losses: Any = exp(rates) - target * rates if log_input else rates - target * log(rates + eps)
    if full:
        counts: Any = target
        stirling = counts * log(counts) - counts + 0.5 * log(2 * math.pi * counts)
        losses = losses + where(counts <= 1, 0.0, stirling)
    return ops.reduced(losses, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-likelihood of `target` under normal distributions of mean `input` and variance `var`.

    `var` counts as at least `eps`, without this changing its gradient; `full` adds log(2 pi) / 2.
    """
    spread: Any = input * 0 + var if isinstance(var, float) else var
    if (raw(spread.detach()) < 0).any():
        raise ValueError("var has negative entry/entries")
    shape, given = tuple(input.shape), tuple(spread.shape)
    if given != shape:
        differing = [two for one, two in zip(shape, given, strict=False) if one != two]
        if shape[:-1] == given:
            spread = spread.unsqueeze(-1)
        elif len(shape) != len(given) or sum(differing) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not valid")
    spread = spread + (spread.clamp(min=eps) - spread).detach()
    losses: Any = 0.5 * (log(spread) + (input - target) ** 2 / spread)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return ops.reduced(losses, reduction)


# Differences of distributions


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Cross-entropy of probabilities in [0, 1] with targets in [0, 1]."""
    reduction = chosen(reduction, size_average, reduce)
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
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of sigmoid(input) with targets in [0, 1], exact for large inputs."""
    reduction = chosen(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return ops.binary_cross_entropy_with_logits(input, target, reduction, weight, pos_weight)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """target * (log(target) - input), for log-probabilities `input`: how far input is from target.

    "batchmean" divides the sum by the number of samples, which is what mathematics means by the mean here.
    """
    legacy = size_average is not None or reduce is not None
    by_samples = reduction == "batchmean" and not legacy
    if reduction == "mean" and not legacy:
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    how = "sum" if by_samples else chosen(reduction, size_average, reduce)
    if log_target:
        losses: Any = exp(target) * (target - input)
    else:
        losses = xlogy(target, target) - target * input
    total = ops.reduced(losses, how)
    return total / input.shape[0] if by_samples and input.ndim else total


def _in_one_shape(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the shape that they have in common, which for most is the one that they have."""
    if raw(input).shape == raw(target).shape:
        return input, target
    shape = tuple((input + target * 0).shape)
    return expand(input, shape), expand(target, shape)


def _weighted(losses: Any, input: Tensor, weight: Any, reduction: str) -> Tensor:
    """Weighted losses; the mean divides by the sum of the weights."""
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    total = losses * weight
    return total.sum() / weight.sum() if reduction == "mean" else ops.reduced(total, reduction)


def _warn_of_broadcasting(input: Tensor, target: Tensor) -> None:
    if target.array.shape != input.array.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
            "This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=3,
        )
