"""The normal distribution of vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.distributions import constraints
from gradloom.distributions.derived import derived
from gradloom.distributions.distribution import Distribution, Shape
from gradloom.distributions.normal import standard_normal
from gradloom.ops.matrix.cholesky import linalg_cholesky as cholesky
from gradloom.ops.matrix.solving import linalg_solve_triangular as solve_triangular
from gradloom.size import Size
from gradloom.tensor import Tensor


class MultivariateNormal(Distribution):
    """The normal distribution of vectors, with one of three matrices.

    Args:
        loc: (..., k), the mean.
        covariance_matrix: (..., k, k), positive definite.
        precision_matrix: its inverse.
        scale_tril: its Cholesky factor, lower triangular with a positive diagonal.
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        names = ("covariance_matrix", "precision_matrix", "scale_tril")
        matrices = zip(names, (covariance_matrix, precision_matrix, scale_tril), strict=True)
        given = {name: matrix for name, matrix in matrices if matrix is not None}
        if len(given) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified."
            )
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ValueError(
                f"{name} must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch = Size(np.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1]))
        size = loc.shape[-1]
        self.loc = loc.expand(*batch, size)
        self.__dict__[name] = matrix.expand(*batch, size, size)
        self._given = name
        super().__init__(batch, Size((size,)), validate_args=validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> MultivariateNormal:
        size = self._event_shape[0]
        matrix = self.__dict__[self._given].expand(*batch_shape, size, size)
        return MultivariateNormal(
            self.loc.expand(*batch_shape, size), validate_args=False, **{self._given: matrix}
        )

    @derived
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        if self._given == "covariance_matrix":
            return cholesky(self.covariance_matrix)
        # The factor of an inverse, from that of the matrix turned round.
        turned = cholesky(self.precision_matrix.flip((-2, -1)))
        upper = turned.flip((-2, -1)).transpose(-2, -1)
        identity = np.eye(self._event_shape[0], dtype=self.loc.array.dtype)
        return solve_triangular(upper, upper.new_tensor(identity).expand(upper.shape), upper=False)

    @derived
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        return self.scale_tril @ self.scale_tril.transpose(-2, -1)

    @derived
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        lower = self.scale_tril
        identity = lower.new_tensor(np.eye(self._event_shape[0], dtype=self.loc.array.dtype))
        inverse = solve_triangular(lower, identity.expand(lower.shape), upper=False)
        return inverse.transpose(-2, -1) @ inverse

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self.scale_tril.pow(2).sum(-1)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        drawn = standard_normal(self.loc, self._extended_shape(sample_shape))
        return self.loc + (self.scale_tril @ drawn.unsqueeze(-1)).squeeze(-1)

    def _half_log_det(self) -> Tensor:
        return self.scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        distance = squared_distance(self.scale_tril, value - self.loc)
        constant = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (constant + distance) - self._half_log_det()

    def entropy(self) -> Tensor:
        return 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()


def squared_distance(lower: Tensor, difference: Tensor) -> Tensor:
    """The squared length of `difference` (..., k), measured by the Cholesky factor `lower` (..., k, k)."""
    shape = np.broadcast_shapes(difference.shape[:-1], lower.shape[:-2])
    size = lower.shape[-1]
    columns = difference.unsqueeze(-1).expand(*shape, size, 1)
    solved = solve_triangular(lower.expand(*shape, size, size), columns, upper=False)
    return solved.pow(2).sum((-2, -1))
