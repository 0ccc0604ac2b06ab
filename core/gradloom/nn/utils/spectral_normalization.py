"""Weights divided by their largest singular value (Miyato et al., 2018), found by the power method."""

from __future__ import annotations

from typing import Any, TypeVar

from gradloom import random
from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import empty
from gradloom.nn.convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from gradloom.nn.functional.normalization import normalize
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter, is_lazy
from gradloom.tensor import Tensor

Kind = TypeVar("Kind", bound=Module)


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """`weight` with `dim` first and all others in one."""
    others = [each for each in range(weight.ndim) if each != dim]
    matrix: Tensor = weight if dim == 0 else weight.permute(dim, *others)
    return matrix.reshape(matrix.shape[0], -1)


def drawn_unit(size: int, like: Tensor, eps: float) -> Tensor:
    """A random vector of length 1."""
    return normalize(random.normal_(empty(size, dtype=like.dtype)), dim=0, eps=eps)


def output_dim(module: Module, dim: int | None) -> int:
    """The dimension of a weight that numbers the outputs."""
    if dim is not None:
        return dim
    return 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0


class SpectralNorm:
    """The hook that divides a weight by its largest singular value, which it follows while training."""

    _version = 1

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight divided by its largest singular value, after a step towards it if asked for."""
        weight, u, v = (getattr(module, self.name + suffix) for suffix in ("_orig", "_u", "_v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(normalize(matrix.t().mv(u), dim=0, eps=self.eps))
                    u.copy_(normalize(matrix.mv(v), dim=0, eps=self.eps))
            u, v = u.clone(), v.clone()
        result: Tensor = weight / u.dot(matrix.mv(v))
        return result

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


class _Version:
    """Notes in a state's metadata with which version of the hook it was saved."""

    def __init__(self, hook: SpectralNorm) -> None:
        self.hook = hook

    def __call__(self, module: Module, state: Any, prefix: str, metadata: dict[str, Any]) -> None:
        metadata.setdefault("spectral_norm", {})[self.hook.name + ".version"] = self.hook._version


def spectral_norm(
    module: Kind,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Kind:
    """Divide a parameter by its largest singular value before each forward.

    Args:
        module: whose parameter.
        name: the parameter.
        n_power_iterations: steps of the power method at each forward while training, > 0.
        eps: what keeps norms from being zero.
        dim: which dimension numbers the outputs; 0, or 1 for transposed convolutions.

    Raises:
        RuntimeError: it already is so.
    """
    for held in module._forward_pre_hooks.values():
        if isinstance(held.call, SpectralNorm) and held.call.name == name:
            raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    hook = SpectralNorm(name, n_power_iterations, output_dim(module, dim), eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    if is_lazy(weight):
        raise ValueError(
            "The module passed to `SpectralNorm` can't have uninitialized parameters. Make sure to run the "
            "dummy forward before applying spectral normalization"
        )
    rows, columns = as_matrix(weight.detach(), hook.dim).shape
    u, v = drawn_unit(rows, weight, eps), drawn_unit(columns, weight, eps)
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    # For those who look at it before the first forward.
    setattr(module, name, weight.data)
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    module._register_state_dict_hook(_Version(hook))
    return module


def remove_spectral_norm(module: Kind, name: str = "weight") -> Kind:
    """Make the parameter an ordinary one again, with the value it has. ValueError if it is."""
    for key, held in tuple(module._forward_pre_hooks.items()):
        if isinstance(held.call, SpectralNorm) and held.call.name == name:
            with no_grad():
                weight = held.call.compute_weight(module, False)
            for suffix in ("", "_u", "_v", "_orig"):
                delattr(module, name + suffix)
            module.register_parameter(name, Parameter(weight.detach()))
            del module._forward_pre_hooks[key]
            break
    else:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    for key, noted in tuple(module._state_dict_hooks.items()):
        if isinstance(noted, _Version) and noted.hook.name == name:
            del module._state_dict_hooks[key]
    return module
