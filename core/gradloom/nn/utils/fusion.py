"""A batch norm's scale and shift taken into the layer before it, for networks that no longer learn."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

from gradloom.nn.linear import Linear
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor

Kind = TypeVar("Kind", bound=Module)


def fuse_conv_bn_eval(conv: Kind, bn: Any, transpose: bool = False) -> Kind:
    """A convolution that does what `conv` and the batch norm `bn` behind it do, both in evaluation mode."""
    _check(conv, bn)
    fused: Any = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    made: Kind = fused
    return made


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of `fuse_conv_bn_eval`."""
    scale, shift = _scale_and_shift(conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    per_output = (1, -1) if transpose else (-1, 1)
    weight = conv_w.detach() * scale.reshape(*per_output, *(1,) * (conv_w.ndim - 2))
    return _parameters(weight, shift, conv_w, conv_b)


def fuse_linear_bn_eval(linear: Linear, bn: Any) -> Linear:
    """A Linear that does what `linear` and the batch norm `bn` behind it do, both in evaluation mode."""
    _check(linear, bn)
    if bn.num_features not in (1, linear.out_features):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of `fuse_linear_bn_eval`."""
    scale, shift = _scale_and_shift(linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    return _parameters(linear_w.detach() * scale.unsqueeze(-1), shift, linear_w, linear_b)


def _check(layer: Module, bn: Any) -> None:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")


def _scale_and_shift(
    bias: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    eps: float,
    weight: Tensor | None,
    shift: Tensor | None,
) -> tuple[Tensor, Tensor]:
    scale: Any = (variance + eps).rsqrt()
    scale = scale if weight is None else scale * weight.detach()
    moved = (-mean if bias is None else bias.detach() - mean) * scale
    return scale, moved if shift is None else moved + shift.detach()


def _parameters(
    weight: Tensor, shift: Tensor, before: Tensor, bias: Tensor | None
) -> tuple[Parameter, Parameter]:
    kind = (before if bias is None else bias).dtype
    return (
        Parameter(weight.to(before.dtype), before.requires_grad),
        Parameter(shift.to(kind), bias is not None and bias.requires_grad),
    )
