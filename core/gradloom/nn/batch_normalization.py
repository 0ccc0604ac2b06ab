"""Normalization layers that may keep running statistics: over the batch, or for each sample by itself."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from gradloom import dtypes
from gradloom.creation import Where, empty, ones, zeros
from gradloom.creation import tensor as new_tensor
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn import init
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor


class _Tracking(Module):
    """What layers with running statistics share: parameters, buffers, and how they show themselves."""

    _version = 2

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    momentum: float | None

    def _set_up(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        bias: bool,
        device: Where,
        dtype: DType | None,
    ) -> None:
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        self.register_parameter("weight", Parameter(empty(num_features, **where)) if affine else None)
        self.register_parameter("bias", Parameter(empty(num_features, **where)) if affine and bias else None)
        track = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, **where) if track else None)
        self.register_buffer("running_var", ones(num_features, **where) if track else None)
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

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        """Files from before version 2 do not count batches."""
        version = local_metadata.get("version")
        if (version is None or version < 2) and self.num_batches_tracked is not None:
            state_dict.setdefault(prefix + "num_batches_tracked", new_tensor(0, dtype=dtypes.int64))
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


# Over the batch


class _BatchNorm(_Tracking):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Where = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self._set_up(num_features, eps, momentum, affine, track_running_stats, bias, device, dtype)

    def _check_input_dim(self, input: Tensor) -> None:
        raise NotImplementedError

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        mean, variance = self.running_mean, self.running_var
        by_batch = self.training or (mean is None and variance is None)
        if self.training and not self.track_running_stats:
            mean = variance = None
        momentum = self._momentum_of_this_batch()
        return F.batch_norm(input, mean, variance, self.weight, self.bias, by_batch, momentum, self.eps)

    def _momentum_of_this_batch(self) -> float:
        if not self.training or not self.track_running_stats or self.num_batches_tracked is None:
            return self.momentum or 0.0
        self.num_batches_tracked.add_(1)
        if self.momentum is None:  # every batch weighs the same
            return 1.0 / float(self.num_batches_tracked)
        return self.momentum


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

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in (2, 3):
            raise ValueError(f"expected 2D or 3D input (got {input.ndim}D input)")


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

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim != 4:
            raise ValueError(f"expected 4D input (got {input.ndim}D input)")


class BatchNorm3d(_BatchNorm):
    """Normalizes each channel of volumes over the batch; evaluation uses running averages.

    Shapes: (n, num_features, d, h, w), unchanged.

    Args:
        num_features: channels of the input, > 0.
        eps: added to the variance so that it is never zero, > 0.
        momentum: how fast the running averages follow (None weighs all batches the same), in [0, 1].
        affine: whether to learn a scale and a shift for each channel.
        track_running_stats: whether to keep running averages for evaluation.
        bias: whether to learn the shift too.
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim != 5:
            raise ValueError(f"expected 5D input (got {input.ndim}D input)")


class SyncBatchNorm(_BatchNorm):
    """BatchNorm for inputs of any number of dimensions; with one process there is nothing to synchronize.

    Args:
        num_features: channels of the input, > 0.
        eps: added to the variance so that it is never zero, > 0.
        momentum: how fast the running averages follow (None weighs all batches the same), in [0, 1].
        affine: whether to learn a scale and a shift for each channel.
        track_running_stats: whether to keep running averages for evaluation.
        bias: whether to learn the shift too.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: object = None,
        device: Where = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected at least 2D input (got {input.ndim}D input)")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: object = None) -> Module:
        """`module` with every BatchNorm in it made a SyncBatchNorm that has its parameters and statistics."""
        result = module
        if isinstance(module, _BatchNorm) and not isinstance(module, SyncBatchNorm):
            result = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
                bias=module.bias is not None,
            )
            result._parameters, result._buffers = module._parameters, module._buffers
            result.training = module.training
        for name, child in module.named_children():
            result.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return result


# Each sample by itself


class _InstanceNorm(_Tracking):
    spatial: ClassVar[int]

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Where = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self._set_up(num_features, eps, momentum, affine, track_running_stats, bias, device, dtype)

    def _check_input_dim(self, input: Tensor) -> None:
        least = self.spatial + 1
        if input.ndim not in (least, least + 1):
            raise ValueError(f"expected {least}D or {least + 1}D input (got {input.ndim}D input)")
        dim = input.ndim - least
        if input.shape[dim] == self.num_features:
            return
        if self.affine:
            raise ValueError(
                f"expected input's size at dim={dim} to match num_features ({self.num_features}), but got: "
                f"{input.shape[dim]}."
            )
        warnings.warn(
            f"input's size at dim={dim} does not match num_features. You can silence this warning by not "
            "passing in num_features, which is not used because affine=False",
            stacklevel=3,
        )

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        alone = input.ndim == self.spatial + 1
        out = F.instance_norm(
            input.unsqueeze(0) if alone else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out.squeeze(0) if alone else out


class InstanceNorm1d(_InstanceNorm):
    """Normalizes each channel of each sequence by itself (Ulyanov et al., 2016).

    Shapes: (n, num_features, length), unchanged.

    Args:
        num_features: channels of the input, > 0.
        eps: added to the variance so that it is never zero, > 0.
        momentum: how fast the running averages follow, in [0, 1].
        affine: whether to learn a scale and a shift for each channel.
        track_running_stats: whether to keep running averages for evaluation.
        bias: whether to learn the shift too.
    """

    spatial = 1


class InstanceNorm2d(_InstanceNorm):
    """Normalizes each channel of each image by itself, which takes its contrast away (Ulyanov et al., 2016).

    Shapes: (n, num_features, h, w), unchanged.

    Args:
        num_features: channels of the input, > 0.
        eps: added to the variance so that it is never zero, > 0.
        momentum: how fast the running averages follow, in [0, 1].
        affine: whether to learn a scale and a shift for each channel.
        track_running_stats: whether to keep running averages for evaluation.
        bias: whether to learn the shift too.
    """

    spatial = 2


class InstanceNorm3d(_InstanceNorm):
    """Normalizes each channel of each volume by itself (Ulyanov et al., 2016).

    Shapes: (n, num_features, d, h, w), unchanged.

    Args:
        num_features: channels of the input, > 0.
        eps: added to the variance so that it is never zero, > 0.
        momentum: how fast the running averages follow, in [0, 1].
        affine: whether to learn a scale and a shift for each channel.
        track_running_stats: whether to keep running averages for evaluation.
        bias: whether to learn the shift too.
    """

    spatial = 3
