"""Weights as a length times a direction (Salimans and Kingma, 2016), computed anew before each forward."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter, is_lazy
from gradloom.tensor import Tensor

Kind = TypeVar("Kind", bound=Module)


def norm_except_dim(v: Tensor, dim: int) -> Tensor:
    """The norm of `v` over all dimensions but one, which stay with size 1; over all of them for -1."""
    if dim == -1:
        return v.norm()
    others = [each for each in range(v.ndim) if each != dim % v.ndim]
    return v.norm(2, others, True)


def scaled(v: Tensor, g: Tensor, dim: int) -> Tensor:
    """`v` in the length `g`."""
    result: Tensor = v * (g / norm_except_dim(v, dim))
    return result


class WeightNorm:
    """The hook that computes a weight from its length and direction."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight, from what the module holds in its place."""
        return scaled(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Kind, name: str = "weight", dim: int | None = 0) -> Kind:
    """Train length and direction of a parameter instead of itself.

    The length is one number for each index of dimension `dim`, or one for all if it is None. RuntimeError if
    it already is so. PyTorch prefers `parametrizations.weight_norm`, and so warns.
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    for held in module._forward_pre_hooks.values():
        if isinstance(held.call, WeightNorm) and held.call.name == name:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    weight = getattr(module, name)
    if is_lazy(weight):
        raise ValueError(
            "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure to run the "
            "dummy forward before applying weight normalization"
        )
    hook = WeightNorm(name, dim)
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(norm_except_dim(weight.detach(), hook.dim)))
    module.register_parameter(name + "_v", Parameter(weight.data))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Kind, name: str = "weight") -> Kind:
    """Make the parameter an ordinary one again. ValueError if it is."""
    for key, held in tuple(module._forward_pre_hooks.items()):
        if isinstance(held.call, WeightNorm) and held.call.name == name:
            weight = held.call.compute_weight(module)
            delattr(module, name)
            del module._parameters[name + "_g"], module._parameters[name + "_v"]
            setattr(module, name, Parameter(weight.detach()))
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
