"""Normalization layers: values brought to mean 0 and variance 1, then scaled and shifted as learned."""

from __future__ import annotations

from collections.abc import Sequence

from gradloom import dtypes
from gradloom.creation import empty, ones, zeros
from gradloom.creation import tensor as new_tensor
from gradloom.nn import functional as F
from gradloom.nn import init
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor


class _BatchNorm(Module):
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.register_parameter("weight", Parameter(empty(num_features)) if affine else None)
        self.register_parameter("bias", Parameter(empty(num_features)) if affine and bias else None)
        track = track_running_stats
        self.register_buffer("running_mean", zeros(num_features) if track else None)
        self.register_buffer("running_var", ones(num_features) if track else None)
        self.register_buffer("num_batches_tracked", new_tensor(0, dtype=dtypes.int64) if track else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget what was seen: mean 0, variance 1."""
        if self.running_mean is not None and self.running_var is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Weights 1, biases 0, running statistics forgotten."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check(self, input: Tensor) -> None:
        raise NotImplementedError

    def forward(self, input: Tensor) -> Tensor:
        self._check(input)
        return F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            self._momentum_of_this_batch(),
            self.eps,
        )

    def _momentum_of_this_batch(self) -> float:
        if not self.training or self.num_batches_tracked is None:
            return self.momentum or 0.0
        self.num_batches_tracked.add_(1)
        if self.momentum is None:  # every batch weighs the same
            return 1.0 / float(self.num_batches_tracked)
        return self.momentum

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Normalizes each feature over the batch (Ioffe and Szegedy, 2015); evaluation uses running averages.

    Shapes: (n, num_features) or (n, num_features, length), unchanged.

    Args:
        num_features: features or channels of the input, > 0.
        eps: added to the variance so that it is never zero, > 0.
        momentum: how fast the running averages follow (None weighs all batches the same), in [0, 1].
        affine: whether to learn a scale and a shift for each feature.
        track_running_stats: whether to keep running averages for evaluation.
        bias: whether to learn the shift too.
    """

    def _check(self, input: Tensor) -> None:
        if input.ndim not in (2, 3):
            raise ValueError(f"expected 2D or 3D input (got {input.ndim}D input)")
        _check_channels(input, self.num_features)


class BatchNorm2d(_BatchNorm):
    """Normalizes each channel over the batch (Ioffe and Szegedy, 2015); evaluation uses running averages.

    Shapes: (n, num_features, h, w), unchanged.

    Args:
        num_features: channels of the input, > 0.
        eps: added to the variance so that it is never zero, > 0.
        momentum: how fast the running averages follow (None weighs all batches the same), in [0, 1].
        affine: whether to learn a scale and a shift for each channel.
        track_running_stats: whether to keep running averages for evaluation.
        bias: whether to learn the shift too.
    """

    def _check(self, input: Tensor) -> None:
        if input.ndim != 4:
            raise ValueError(f"expected 4D input (got {input.ndim}D input)")
        _check_channels(input, self.num_features)


class LayerNorm(Module):
    """Normalizes each sample over its last dimensions (Ba et al., 2016).

    Args:
        normalized_shape: sizes of the dimensions to normalize over, > 0.
        eps: added to the variance so that it is never zero, > 0.
        elementwise_affine: whether to learn a scale and a shift for each element.
        bias: whether to learn the shift too.
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", Parameter(empty(*shape)) if elementwise_affine else None)
        self.register_parameter("bias", Parameter(empty(*shape)) if elementwise_affine and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Weights 1, biases 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Module):
    """Normalizes each sample over groups of channels (Wu and He, 2018).

    Args:
        num_groups: into how many groups the channels are split, > 0.
        num_channels: channels of the input, > 0.
        eps: added to the variance so that it is never zero, > 0.
        affine: whether to learn a scale and a shift for each channel.
        bias: whether to learn the shift too.
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self.register_parameter("weight", Parameter(ones(num_channels)) if affine else None)
        self.register_parameter("bias", Parameter(zeros(num_channels)) if affine and bias else None)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


def _check_channels(input: Tensor, expected: int) -> None:
    if input.shape[1] != expected:
        raise RuntimeError(
            f"running_mean should contain {input.shape[1]} elements not {expected}: the input of size "
            f"{list(input.shape)} has {input.shape[1]} channels"
        )
