"""Distributions of functions of random values: log-normal, half-normal, Gumbel, Weibull."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import zeros_like
from gradloom.distributions import constraints
from gradloom.distributions.constraints import Constraint
from gradloom.distributions.distribution import Distribution, Shape, as_tensors
from gradloom.distributions.gamma import Exponential
from gradloom.distributions.mixture import Independent
from gradloom.distributions.normal import Normal, Uniform
from gradloom.distributions.transform import sum_rightmost
from gradloom.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    PowerTransform,
    StickBreakingTransform,
    Transform,
)
from gradloom.limits import finfo
from gradloom.size import Size
from gradloom.tensor import Tensor

_EULER = 0.57721566490153286060


class TransformedDistribution(Distribution):
    """What transforms make of another distribution's values.

    Args:
        base_distribution: the other distribution.
        transforms: one transform, or several in their order.
    """

    arg_constraints: dict[str, Constraint] = {}

    def __init__(
        self,
        base_distribution: Distribution,
        transforms: Transform | Sequence[Transform],
        validate_args: bool | None = None,
    ) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        chain = ComposeTransform(self.transforms)
        shape = chain.forward_shape((*base_distribution.batch_shape, *base_distribution.event_shape))
        own = max(len(base_distribution.event_shape), chain.domain.event_dim)
        widened = own - len(base_distribution.event_shape)
        self.base_dist = Independent(base_distribution, widened) if widened else base_distribution
        event_dims = own + chain.codomain.event_dim - chain.domain.event_dim
        cut = len(shape) - event_dims
        super().__init__(Size(shape[:cut]), Size(shape[cut:]), validate_args=validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> TransformedDistribution:
        """The same distributions as views of this batch shape."""
        new = self._renewed(Size(batch_shape))
        new.base_dist = self.base_dist.expand(batch_shape)
        return new

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether gradients flow through samples to the parameters."""
        return self.base_dist.has_rsample

    @property
    def support(self) -> Constraint:
        if not self.transforms:
            return self.base_dist.support
        last = self.transforms[-1].codomain
        more = len(self.event_shape) - last.event_dim
        return constraints.independent(last, more) if more else last

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            return ComposeTransform(self.transforms)(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return ComposeTransform(self.transforms)(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        dims = len(self.event_shape)
        total: Any = 0.0
        for transform in reversed(self.transforms):
            before = transform.inverse(value)
            dims += transform.domain.event_dim - transform.codomain.event_dim
            stretch = transform.log_abs_det_jacobian(before, value)
            total = total - sum_rightmost(stretch, dims - transform.domain.event_dim)
            value = before
        return total + sum_rightmost(self.base_dist.log_prob(value), dims - len(self.base_dist.event_shape))

    def _sign(self) -> Any:
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return sign

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        for transform in reversed(self.transforms):
            value = transform.inverse(value)
        sign = self._sign()
        reached = self.base_dist.cdf(value)
        return reached if isinstance(sign, int) and sign == 1 else sign * (reached - 0.5) + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        sign = self._sign()
        if not (isinstance(sign, int) and sign == 1):
            value = sign * (value - 0.5) + 0.5
        value = self.base_dist.icdf(value)
        for transform in self.transforms:
            value = transform(value)
        return value

    def __repr__(self) -> str:
        return f"{type(self).__name__}()" if not self.arg_constraints else super().__repr__()


class LogNormal(TransformedDistribution):
    """exp of a normal number.

    Args:
        loc: the mean of the logarithm.
        scale: its standard deviation, > 0.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale, validate_args), ExpTransform(), validate_args)

    @property
    def loc(self) -> Tensor:
        """The mean of the logarithm."""
        return self.base_dist.loc  # type: ignore[attr-defined]

    @property
    def scale(self) -> Tensor:
        """The standard deviation of the logarithm."""
        return self.base_dist.scale  # type: ignore[attr-defined]

    @property
    def mean(self) -> Tensor:
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def mode(self) -> Tensor:
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        square = self.scale.pow(2)
        return square.expm1() * (2 * self.loc + square).exp()

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() + self.loc


class HalfNormal(TransformedDistribution):
    """The size of a normal number of mean 0.

    Args:
        scale: the standard deviation of that number, > 0.
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, False), AbsTransform(), validate_args)
        if self._validate_args:
            (made,) = as_tensors(scale)
            Normal(0, made)

    @property
    def scale(self) -> Tensor:
        """The standard deviation of the number whose size it is."""
        return self.base_dist.scale  # type: ignore[attr-defined]

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2) * (1 - 2 / math.pi)

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


class Gumbel(TransformedDistribution):
    """The largest of many numbers, in the limit.

    Args:
        loc: the likeliest value.
        scale: the width, > 0.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = as_tensors(loc, scale)
        limits = finfo(self.loc.dtype)
        if isinstance(loc, Tensor) or isinstance(scale, Tensor):
            one = self.loc.detach() * 0 + 1
            base = Uniform(one * limits.tiny, one - limits.eps, validate_args)
        else:
            base = Uniform(limits.tiny, 1 - limits.eps, validate_args)
        chain = [
            ExpTransform().inv,
            AffineTransform(0, -self.scale.detach() * 0 - 1),
            ExpTransform().inv,
            AffineTransform(self.loc, -self.scale),
        ]
        super().__init__(base, chain, validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> Gumbel:
        shape = Size(batch_shape)
        return Gumbel(self.loc.expand(shape), self.scale.expand(shape), validate_args=False)

    @property
    def mean(self) -> Tensor:
        return self.loc + self.scale * _EULER

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Tensor:
        return self.stddev.pow(2)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        distance = (self.loc - value) / self.scale
        return (distance - distance.exp()) - self.scale.log()

    def entropy(self) -> Tensor:
        return self.scale.log() + (1 + _EULER)


class Weibull(TransformedDistribution):
    """The time until something fails that ages.

    Args:
        scale: the time after which all but 1/e have failed, > 0.
        concentration: above 1 it ages, below 1 it gets better, > 0.
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = as_tensors(scale, concentration)
        self.concentration_reciprocal = self.concentration.reciprocal()
        base = Exponential(self.scale.detach() * 0 + 1, validate_args)
        chain = [PowerTransform(self.concentration_reciprocal), AffineTransform(0, self.scale)]
        super().__init__(base, chain, validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> Weibull:
        shape = Size(batch_shape)
        return Weibull(self.scale.expand(shape), self.concentration.expand(shape), validate_args=False)

    @property
    def mean(self) -> Tensor:
        return self.scale * (1 + self.concentration_reciprocal).lgamma().exp()

    @property
    def mode(self) -> Tensor:
        inverse = self.concentration_reciprocal
        return self.scale * ((self.concentration - 1) / self.concentration) ** inverse

    @property
    def variance(self) -> Tensor:
        inverse = self.concentration_reciprocal
        second, first = (1 + 2 * inverse).lgamma().exp(), (2 * (1 + inverse).lgamma()).exp()
        return self.scale.pow(2) * (second - first)

    def entropy(self) -> Tensor:
        inverse = self.concentration_reciprocal
        return _EULER * (1 - inverse) + (self.scale * inverse).log() + 1


class Kumaraswamy(TransformedDistribution):
    """A share between 0 and 1, much like `Beta`, with a closed form.

    Args:
        concentration1: draws towards 1, > 0.
        concentration0: draws towards 0, > 0.
    """

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = as_tensors(concentration1, concentration0)
        base = Uniform(zeros_like(self.concentration0), zeros_like(self.concentration0) + 1, validate_args)
        chain = [
            PowerTransform(self.concentration0.reciprocal()),
            AffineTransform(1.0, -1.0),
            PowerTransform(self.concentration1.reciprocal()),
        ]
        super().__init__(base, chain, validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> Kumaraswamy:
        shape = Size(batch_shape)
        first, second = self.concentration1.expand(shape), self.concentration0.expand(shape)
        return Kumaraswamy(first, second, validate_args=False)

    def _moment(self, n: int) -> Tensor:
        a = 1 + n / self.concentration1
        beta = a.lgamma() + self.concentration0.lgamma() - (a + self.concentration0).lgamma()
        return self.concentration0 * beta.exp()

    @property
    def mean(self) -> Tensor:
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        logarithm = b.reciprocal() * (-b).log1p() - (-b * a).log1p()
        return logarithm.masked_fill((b < 1) | (a < 1), math.nan).exp()

    @property
    def variance(self) -> Tensor:
        return self._moment(2) - self.mean.pow(2)

    def entropy(self) -> Tensor:
        inner = 1 - self.concentration0.reciprocal()
        harmonic = (self.concentration0 + 1).digamma() + _EULER
        outer = (1 - self.concentration1.reciprocal()) * harmonic
        return inner + outer - self.concentration1.log() - self.concentration0.log()


class LogisticNormal(TransformedDistribution):
    """Shares that add up to one, made of a normal vector by breaking a stick.

    Args:
        loc: (..., k), the mean of the vector.
        scale: (..., k), its standard deviations, > 0.
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "scale": constraints.independent(constraints.positive, 1),
    }
    support = constraints.simplex

    def __init__(self, loc: Tensor, scale: Tensor, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args)
        super().__init__(
            base if base.batch_shape else base.expand([1]), StickBreakingTransform(), validate_args
        )

    @property
    def loc(self) -> Tensor:
        """The mean of the vector."""
        return self.base_dist.base_dist.loc  # type: ignore[attr-defined]

    @property
    def scale(self) -> Tensor:
        """The standard deviations of the vector."""
        return self.base_dist.base_dist.scale  # type: ignore[attr-defined]
