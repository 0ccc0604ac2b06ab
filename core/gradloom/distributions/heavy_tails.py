"""Distributions of positive numbers with heavy tails: half-Cauchy, Pareto, inverse gamma, F."""

from __future__ import annotations

import math
from typing import Any

from gradloom.creation import zeros_like
from gradloom.distributions import constraints
from gradloom.distributions.constraints import Constraint
from gradloom.distributions.distribution import Distribution, Shape, as_tensors, batch_shape_of
from gradloom.distributions.gamma import Exponential, Gamma
from gradloom.distributions.normal import Cauchy
from gradloom.distributions.transformed import TransformedDistribution
from gradloom.distributions.transforms import AbsTransform, AffineTransform, ExpTransform, PowerTransform
from gradloom.limits import finfo
from gradloom.ops.movement.selection import where
from gradloom.size import Size
from gradloom.tensor import Tensor


class HalfCauchy(TransformedDistribution):
    """The size of a Cauchy-distributed number around 0; it has no mean.

    Args:
        scale: the median, > 0.
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args)

    @property
    def scale(self) -> Tensor:
        """The median."""
        return self.base_dist.scale  # type: ignore[attr-defined]

    @property
    def mean(self) -> Tensor:
        return zeros_like(self.scale) + math.inf

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        known = self.base_dist.log_prob(value) + math.log(2)
        return known.masked_fill((value < 0).expand(known.shape), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)


class Pareto(TransformedDistribution):
    """Sizes of which few are very large.

    Args:
        scale: the smallest value, > 0.
        alpha: how fast large values become rare, > 0.
    """

    arg_constraints = {"alpha": constraints.positive, "scale": constraints.positive}

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = as_tensors(scale, alpha)
        chain = [ExpTransform(), AffineTransform(0, self.scale)]
        super().__init__(Exponential(self.alpha, validate_args), chain, validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> Pareto:
        shape = Size(batch_shape)
        return Pareto(self.scale.expand(shape), self.alpha.expand(shape), validate_args=False)

    @property
    def support(self) -> Constraint:
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Tensor:
        shape = self.alpha.clamp(min=1)
        return shape * self.scale / (shape - 1)

    @property
    def mode(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        shape = self.alpha.clamp(min=2)
        return self.scale.pow(2) * shape / ((shape - 1).pow(2) * (shape - 2))

    def entropy(self) -> Tensor:
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())


class InverseGamma(TransformedDistribution):
    """1 over a gamma-distributed number.

    Args:
        concentration: the shape, > 0.
        rate: the scale, > 0.
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args)
        super().__init__(base, PowerTransform(zeros_like(base.rate) - 1), validate_args)

    @property
    def concentration(self) -> Tensor:
        """The shape."""
        return self.base_dist.concentration  # type: ignore[attr-defined]

    @property
    def rate(self) -> Tensor:
        """The scale."""
        return self.base_dist.rate  # type: ignore[attr-defined]

    @property
    def mean(self) -> Tensor:
        known = self.rate / (self.concentration - 1)
        return where(self.concentration > 1, known, math.inf)

    @property
    def mode(self) -> Tensor:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        shape = self.concentration
        return where(shape > 2, self.rate.square() / ((shape - 1).square() * (shape - 2)), math.inf)

    def entropy(self) -> Tensor:
        shape = self.concentration
        return shape + self.rate.log() + shape.lgamma() - (1 + shape) * shape.digamma()


class FisherSnedecor(Distribution):
    """The F distribution: the ratio of two chi-squared numbers, each by its degrees of freedom.

    Args:
        df1: degrees of freedom of the first, > 0.
        df2: of the second, > 0.
    """

    arg_constraints = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = as_tensors(df1, df2)
        self._gamma1 = Gamma(self.df1 * 0.5, self.df1)
        self._gamma2 = Gamma(self.df2 * 0.5, self.df2)
        super().__init__(batch_shape_of((df1, df2), self.df1), validate_args=validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> FisherSnedecor:
        shape = Size(batch_shape)
        return FisherSnedecor(self.df1.expand(shape), self.df2.expand(shape), validate_args=False)

    @property
    def mean(self) -> Tensor:
        df = where(self.df2 > 2, self.df2, math.nan)
        return df / (df - 2)

    @property
    def mode(self) -> Tensor:
        mode = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return where(self.df1 > 2, mode, math.nan)

    @property
    def variance(self) -> Tensor:
        df = where(self.df2 > 4, self.df2, math.nan)
        return 2 * df.pow(2) * (self.df1 + df - 2) / (self.df1 * (df - 2).pow(2) * (df - 4))

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        first, second = self._gamma1.rsample(sample_shape), self._gamma2.rsample(sample_shape)
        return first / second.clamp(min=finfo(second.dtype).tiny)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        ratio = self.df1 / self.df2
        front = (
            (self.df1 * 0.5 + self.df2 * 0.5).lgamma() - (self.df1 * 0.5).lgamma() - (self.df2 * 0.5).lgamma()
        )
        inner = self.df1 * 0.5 * ratio.log() + (self.df1 * 0.5 - 1) * value.log()
        return front + inner - (self.df1 + self.df2) * 0.5 * (ratio * value).log1p()
