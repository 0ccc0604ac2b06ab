"""Ready parametrizations: orthogonal matrices, and weights of a given length or largest singular value."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom import random
from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import empty, eye
from gradloom.dtypes import Array
from gradloom.nn.functional.normalization import normalize
from gradloom.nn.module import Module
from gradloom.nn.utils.parametrize import register_parametrization
from gradloom.nn.utils.spectral_normalization import as_matrix, output_dim
from gradloom.nn.utils.weight_normalization import norm_except_dim, scaled
from gradloom.ops.matrix.matrix_functions import matrix_exp
from gradloom.ops.matrix.orthogonal import geqrf, linalg_householder_product
from gradloom.ops.matrix.solving import linalg_solve
from gradloom.ops.movement.joining import cat
from gradloom.tensor import Tensor, wrap


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return scaled(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train length and direction of a parameter instead of itself (Salimans and Kingma, 2016).

    The length is one number for each index of dimension `dim`, or one for all if it is None.
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def read_hooks_state(state: dict[str, Any], prefix: str, *_: Any) -> None:
        """A state that `nn.utils.weight_norm` saved has other names for the same tensors."""
        if f"{prefix}{name}_g" in state and f"{prefix}{name}_v" in state:
            for at, suffix in enumerate("gv"):
                key = f"{prefix}parametrizations.{name}.original{at}"
                state[key] = state.pop(f"{prefix}{name}_{suffix}")

    module._register_load_state_dict_pre_hook(read_hooks_state)
    return module


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__()
        dims = weight.ndim
        if not -dims <= dim < dims:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{dims}, {dims - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % dims
        self.eps = eps
        if dims > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            u, v = (random.normal_(empty(size, dtype=weight.dtype)) for size in matrix.shape)
            self.register_buffer("_u", normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", normalize(v, dim=0, eps=eps))
            self._step(matrix, 15)

    def _step(self, matrix: Tensor, times: int) -> None:
        with no_grad():
            for _ in range(times):
                self._u.copy_(normalize(matrix.mv(self._v), dim=0, eps=self.eps))
                self._v.copy_(normalize(matrix.t().mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._step(matrix.detach(), self.n_power_iterations)
        # Copies, because the next forward writes into both.
        return weight / self._u.clone().dot(matrix.mv(self._v.clone()))

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide a parameter by its largest singular value (Miyato et al., 2018).

    Args:
        module: whose parameter.
        name: the parameter.
        n_power_iterations: steps of the power method at each use while training, > 0.
        eps: what keeps norms from being zero.
        dim: which dimension numbers the outputs; 0, or 1 for transposed convolutions.
    """
    weight = _tensor(module, name)
    made = _SpectralNorm(weight, n_power_iterations, output_dim(module, dim), eps)
    return register_parametrization(module, name, made)


_MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Module):
    """Matrices with orthogonal rows or columns, from ones without constraints.

    With a `base` the parameter says how far to turn away from it (Lezcano Casado, 2019).
    """

    base: Any

    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        wide = X.shape[-2] < X.shape[-1]
        tall = X.mT if wide else X
        Q = _of_reflections(tall) if self.orthogonal_map == "householder" else self._of_skew(tall)
        if hasattr(self, "base"):
            Q = self.base @ Q
        return Q.mT if wide else Q

    def _of_skew(self, X: Tensor) -> Tensor:
        rows, columns = X.shape[-2:]
        lower = X.tril()
        if rows != columns:
            lower = cat([lower, lower.new_zeros(*lower.shape[:-1], rows - columns)], -1)
        skew = lower - lower.mH
        if self.orthogonal_map == "matrix_exp":
            return matrix_exp(skew)[..., :columns]
        identity = eye(rows, dtype=skew.dtype)
        turned: Tensor = linalg_solve(identity - skew * 0.5, identity + skew * 0.5)
        return turned[..., :columns]

    def right_inverse(self, Q: Tensor) -> Tensor:
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape "
                f"{Q.shape}."
            )
        wide = Q.shape[-2] < Q.shape[-1]
        tall = (Q.mT if wide else Q).detach()
        if hasattr(self, "base"):
            self.base = _completed(tall)
            return wrap(-np.broadcast_to(np.eye(*Q.shape[-2:], dtype=Q.array.dtype), Q.shape))
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        reflections, factors = (each.array.copy() for each in geqrf(tall))
        at = np.arange(reflections.shape[-1])
        signs = np.sign(reflections[..., at, at])
        reflections[..., at, at] = np.where(factors == 0, -signs, signs)
        return wrap(np.swapaxes(reflections, -2, -1) if wide else reflections)


def _of_reflections(X: Tensor) -> Tensor:
    """The product of the reflections whose vectors stand below the diagonal, with its signs."""
    vectors = X.tril(-1)
    factors = 2.0 / (1.0 + (vectors * vectors).sum(-2))
    signs = X.detach().diagonal(0, -2, -1).trunc().unsqueeze(-2)
    product: Tensor = linalg_householder_product(vectors, factors)
    return product * signs


def _completed(Q: Tensor) -> Tensor:
    """Square orthogonal matrices that begin with the columns of `Q`."""
    rows, columns = Q.shape[-2:]
    if rows == columns and _is_orthogonal(Q.array):
        return Q.clone()
    if rows != columns:
        Q = cat([Q, random.randn(*Q.shape[:-1], rows - columns, dtype=Q.dtype)], -1)
    reflections, factors = geqrf(Q)
    basis: Tensor = linalg_householder_product(reflections, factors)
    return basis * reflections.diagonal(0, -2, -1).sgn().unsqueeze(-2)


def _is_orthogonal(Q: Array) -> bool:
    tolerance = 10.0 * Q.shape[-2] * float(np.finfo(Q.dtype).eps)
    product = np.conj(np.swapaxes(Q, -2, -1)) @ Q
    return bool(np.allclose(product, np.eye(Q.shape[-1]), atol=tolerance))


def orthogonal(
    module: Module,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> Module:
    """Keep the rows or columns of a parameter, whichever are fewer, orthogonal and of length 1.

    Args:
        module: whose parameter.
        name: the parameter, a matrix or a batch of matrices.
        orthogonal_map: "matrix_exp", "cayley" or "householder"; by default the first for square matrices and
            the last for others.
        use_trivialization: whether to turn away from the matrix that was assigned last.

    Raises:
        ValueError: there is no such parameter or map, or it is not a matrix.
    """
    weight = _tensor(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in _MAPS:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)


def _tensor(module: Module, name: str) -> Tensor:
    found = getattr(module, name, None)
    if not isinstance(found, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return found
