"""Normalization as functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.autograd.inplace import write_by
from gradloom.dtypes import Array
from gradloom.nn.functional.pooling import avg_pool2d
from gradloom.ops.layers import batch_normalization as batch_ops
from gradloom.ops.layers import normalization as ops
from gradloom.ops.movement.joining import constant_pad
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
        RuntimeError: a shape does not fit, or there are no running statistics to normalize by.
    """
    _check_eps(eps, training)
    if training and input.shape[0] * math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}"
        )
    return _by_channel(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each channel of each sample by itself, or by the running statistics.

    Shapes: input (n, c, ...), all others (c). The running statistics follow the mean over the samples.

    Raises:
        ValueError: one value per channel only.
        RuntimeError: a shape does not fit, or there are no running statistics to normalize by.
    """
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false"
        )
    samples, channels, *rest = input.shape
    # Every channel of every sample as a channel of its own.
    means, variances, weights, biases = (
        None if each is None else each.repeat(samples) for each in (running_mean, running_var, weight, bias)
    )
    joined = input.reshape(1, samples * channels, *rest)
    out = _by_channel(joined, means, variances, weights, biases, use_input_stats, momentum, eps)
    if use_input_stats:
        with no_grad():
            for running, each in ((running_mean, means), (running_var, variances)):
                if running is not None and each is not None:
                    running.copy_(each.reshape(samples, channels).mean(0))
    return out.reshape(input.shape)


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each sample over its last dimensions, which are `normalized_shape`."""
    return ops.layer_norm(input, tuple(normalized_shape), weight, bias, eps)


def rms_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """Divide each sample by its root mean square over its last dimensions, which are `normalized_shape`."""
    if input.is_complex():
        return ops.rms_norm_composed(input, normalized_shape, weight, eps)
    return ops.rms_norm(input, tuple(normalized_shape), weight, eps)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each sample over groups of channels (Wu and He, 2018).

    Shapes: input (n, c, ...), weight and bias (c).

    Raises:
        RuntimeError: the channels cannot be split so, or a shape does not fit.
        ValueError: one value per group only.
    """
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    shape = list(input.shape)
    grouped = [shape[0] * shape[1] // num_groups, num_groups, *shape[2:]]
    if grouped[0] * math.prod(grouped[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {grouped}")
    if shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{shape} and num_groups={num_groups}"
        )
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and list(given.shape) != shape[1:2]:
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got "
                f"{name} of shape {list(given.shape)} and input of shape {shape}"
            )
    return ops.group_norm(input, num_groups, weight, bias, eps)


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """input / (k + alpha * mean of squares over `size` neighbouring channels) ** beta.

    Shapes: (n, c, ...). Source: Krizhevsky et al., 2012, section 3.3.
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality{' ' * 26}input (got {input.ndim} dimensions)")
    if not input.array.size:
        return input
    rows: Any = (input * input).reshape(input.shape[0], 1, input.shape[1], math.prod(input.shape[2:]))
    padded = constant_pad(rows, (0, 0, size // 2, (size - 1) // 2))
    means: Any = avg_pool2d(padded, (size, 1), 1).reshape(input.shape)
    return input / (means * alpha + k) ** beta


def normalize(
    input: Tensor, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12, out: Any = None
) -> Tensor:
    """input divided by its p-norm along `dim`, which counts as at least `eps`."""
    result: Tensor = input / input.norm(p, dim, True).clamp(min=eps)
    return result if out is None else out.copy_(result)


def _by_channel(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Tensor:
    if not input.array.size:
        out: Any = input.clone() if weight is None else input * weight[0]
        return out if bias is None else out + bias[0]
    named = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, given in named.items():
        if given is not None and given.array.size != input.shape[1]:
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {given.array.size}")
    if training:
        out, mean, variance = batch_ops.batch_normalization(input, weight, bias, eps)
        count = input.array.size // max(input.shape[1], 1)
        if running_mean is not None:
            _follow(running_mean, mean, 1 - momentum, momentum)
        if running_var is not None:
            _follow(running_var, variance, 1 - momentum, momentum * count / (count - 1))
        return out
    for name in ("running_mean", "running_var"):
        if named[name] is None:
            raise RuntimeError(f"{name} must be defined in evaluation mode")
    assert running_mean is not None
    assert running_var is not None
    scale: Any = 1 / (running_var + eps).sqrt()
    scale = scale if weight is None else scale * weight
    shift: Any = -running_mean * scale if bias is None else bias - running_mean * scale
    result: Any = batch_ops.scale_and_shift(input, scale, shift)
    return result if result.dtype is input.dtype else result.to(input.dtype)


def _check_eps(eps: float, training: bool) -> None:
    if training and eps <= 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")


def _follow(running: Tensor, latest: Tensor, kept: float, share: float) -> None:
    """A running statistic moves towards the latest."""
    if running.array.itemsize == 2:  # summed in single precision
        with no_grad():
            running.mul_(kept).add_(latest, alpha=share)
    else:
        write_by(_mix, running, latest, kept, share)


def _mix(running: Array, latest: Array, kept: float, share: float) -> None:
    running *= kept
    running += latest * share
