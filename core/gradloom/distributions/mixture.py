"""Distributions made of others: several dims as one value, and mixtures."""

from __future__ import annotations

from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.distributions import constraints
from gradloom.distributions.choices import Categorical
from gradloom.distributions.constraints import Constraint
from gradloom.distributions.distribution import Distribution, Shape
from gradloom.ops.elementwise.activation import log_softmax
from gradloom.size import Size
from gradloom.tensor import Tensor


class Independent(Distribution):
    """Another distribution of which some batch dims belong to one value.

    Args:
        base_distribution: the other distribution.
        reinterpreted_batch_ndims: how many of its batch dims, from the right.
    """

    def __init__(
        self,
        base_distribution: Distribution,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        count = len(base_distribution.batch_shape)
        if reinterpreted_batch_ndims > count:
            raise ValueError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual "
                f"{reinterpreted_batch_ndims} vs {count}"
            )
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        shape = (*base_distribution.batch_shape, *base_distribution.event_shape)
        cut = count - reinterpreted_batch_ndims
        super().__init__(Size(shape[:cut]), Size(shape[cut:]), validate_args=validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> Independent:
        new = self._renewed(Size(batch_shape))
        inner = self.event_shape[: self.reinterpreted_batch_ndims]
        new.base_dist = self.base_dist.expand((*batch_shape, *inner))
        return new

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether gradients flow through samples to the parameters."""
        return self.base_dist.has_rsample

    @property
    def support(self) -> Constraint:
        inner = self.base_dist.support
        count = self.reinterpreted_batch_ndims
        return constraints.independent(inner, count) if count else inner

    @property
    def mean(self) -> Tensor:
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return self.base_dist.rsample(sample_shape)

    def _summed(self, value: Tensor) -> Tensor:
        count = self.reinterpreted_batch_ndims
        return value if not count else value.reshape(*value.shape[: value.ndim - count], -1).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self) -> Tensor:
        return self._summed(self.base_dist.entropy())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamily(Distribution):
    """One of several distributions of one kind, chosen at random.

    Args:
        mixture_distribution: which is chosen: a `Categorical` of k alternatives.
        component_distribution: the k distributions, along the last batch dim.
    """

    arg_constraints: dict[str, Constraint] = {}

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                " The Mixture distribution needs to be an  instance of torch.distributions.Categorical"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                "The Component distribution need to be an instance of torch.distributions.Distribution"
            )
        count = component_distribution.batch_shape[-1]
        if mixture_distribution.param_shape[-1] != count:
            raise ValueError(
                f"`mixture_distribution component` ({mixture_distribution.param_shape[-1]}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({count})"
            )
        self.mixture_distribution = mixture_distribution
        self.component_distribution = component_distribution
        self._event_ndims = len(component_distribution.event_shape)
        super().__init__(
            Size(component_distribution.batch_shape[:-1]),
            component_distribution.event_shape,
            validate_args=validate_args,
        )

    def expand(self, batch_shape: Shape, _instance: Any = None) -> MixtureSameFamily:
        count = self.component_distribution.batch_shape[-1]
        new = self._renewed(Size(batch_shape))
        new.component_distribution = self.component_distribution.expand((*batch_shape, count))
        new.mixture_distribution = self.mixture_distribution.expand(batch_shape)
        return new

    @property
    def support(self) -> Constraint:
        return self.component_distribution.support

    def _weights(self) -> Tensor:
        probs = self.mixture_distribution.probs
        return probs.reshape(*probs.shape, *[1] * self._event_ndims)

    @property
    def mean(self) -> Tensor:
        return (self._weights() * self.component_distribution.mean).sum(-1 - self._event_ndims)

    @property
    def variance(self) -> Tensor:
        dim, weights = -1 - self._event_ndims, self._weights()
        inner = (weights * self.component_distribution.variance).sum(dim)
        away = self.component_distribution.mean - self.mean.unsqueeze(dim)
        return inner + (weights * away.pow(2.0)).sum(dim)

    def cdf(self, value: Tensor) -> Tensor:
        reached = self.component_distribution.cdf(value.unsqueeze(-1 - self._event_ndims))
        return (reached * self.mixture_distribution.probs).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        known = self.component_distribution.log_prob(value.unsqueeze(-1 - self._event_ndims))
        return (known + log_softmax(self.mixture_distribution.logits, -1)).logsumexp(-1)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        shape = Size(sample_shape)
        with no_grad():
            chosen = self.mixture_distribution.sample(shape)
            drawn = self.component_distribution.sample(shape)
            dim = len(shape) + len(self.batch_shape)
            places = chosen.reshape(*chosen.shape, *[1] * (self._event_ndims + 1))
            places = places.expand(*chosen.shape, 1, *self.event_shape)
            return drawn.gather(dim, places).squeeze(dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
