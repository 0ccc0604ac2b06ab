"""Normalization as functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.ops import normalization as ops
from gradloom.tensor import Tensor


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each channel over the batch, or by the running statistics when not `training`.

    Shapes: input (n, c, ...), all others (c). When training, the running statistics move by `momentum`
    towards those of the batch; the running variance takes the unbiased one.

    Raises:
        ValueError: one value per channel only, when training.
    """
    if training or running_mean is None or running_var is None:
        out, mean, variance = ops.batch_normalization(input, weight, bias, eps)
        if running_mean is not None and running_var is not None:
            count = input.numel() // input.shape[1]
            with no_grad():
                running_mean.mul_(1 - momentum).add_(mean, alpha=momentum)
                running_var.mul_(1 - momentum).add_(variance, alpha=momentum * count / (count - 1))
        return out
    per_channel = (-1, *(1,) * (input.ndim - 2))
    scale: Any = 1 / (running_var + eps).sqrt()
    scale = scale if weight is None else scale * weight
    shift = -running_mean * scale if bias is None else bias - running_mean * scale
    return input * scale.reshape(per_channel) + shift.reshape(per_channel)


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each sample over its last dimensions, which are `normalized_shape`."""
    return ops.layer_norm(input, tuple(normalized_shape), weight, bias, eps)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each sample over groups of channels (Wu and He, 2018).

    Shapes: input (n, c, ...), weight and bias (c).
    """
    if input.ndim < 2 or input.shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    grouped = input.reshape(input.shape[0] * num_groups, -1)
    per_channel = (-1, *(1,) * (input.ndim - 2))
    out: Any = ops.layer_norm(grouped, (grouped.shape[1],), None, None, eps).reshape(input.shape)
    out = out if weight is None else out * weight.reshape(per_channel)
    return out if bias is None else out + bias.reshape(per_channel)


def normalize(input: Tensor, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12) -> Tensor:
    """input divided by its p-norm along `dim`, which counts as at least `eps`."""
    return input / input.norm(p, dim, True).clamp(min=eps)
