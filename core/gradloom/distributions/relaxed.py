"""Choices made smooth, so that gradients flow through them.

Source: C. J. Maddison et al., "The concrete distribution" (2017); E. Jang et al., "Categorical
reparameterization with Gumbel-softmax" (2017).
"""

from __future__ import annotations

import math
from typing import Any

from gradloom.distributions import constraints
from gradloom.distributions.choices import Bernoulli, Categorical
from gradloom.distributions.distribution import Distribution, Shape, clamped
from gradloom.distributions.transformed import TransformedDistribution
from gradloom.distributions.transforms import ExpTransform, SigmoidTransform
from gradloom.random import rand
from gradloom.size import Size
from gradloom.tensor import Tensor


class _LogitRelaxedBernoulli(Distribution):
    """The logit of a `RelaxedBernoulli`."""

    support = constraints.real
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        self.choice = Bernoulli(probs, logits, validate_args)
        super().__init__(self.choice.batch_shape, validate_args=validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> _LogitRelaxedBernoulli:
        new = self._renewed(Size(batch_shape))
        new.choice = self.choice.expand(batch_shape)
        return new

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        probs = clamped(self.choice.probs.expand(shape))
        drawn = clamped(rand(shape, dtype=probs.dtype))
        odds = drawn.log() - (-drawn).log1p() + probs.log() - (-probs).log1p()
        return odds / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        distance = self.choice.logits - value * self.temperature
        return _log(self.temperature) + distance - 2 * distance.exp().log1p()


def _log(value: Any) -> Any:
    return value.log() if isinstance(value, Tensor) else math.log(value)


class RelaxedBernoulli(TransformedDistribution):
    """A number between 0 and 1 that is near one of them, the nearer the lower the temperature.

    Args:
        temperature: > 0.
        probs: the chance to be near one, in [0, 1].
        logits: log(probs / (1 - probs)) instead.
    """

    support = constraints.unit_interval

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = _LogitRelaxedBernoulli(temperature, probs, logits, validate_args)
        super().__init__(base, SigmoidTransform(), validate_args)
        self.temperature = temperature
        self._choice = base.choice

    @property
    def probs(self) -> Tensor:
        """The chance to be near one."""
        return self._choice.probs

    @property
    def logits(self) -> Tensor:
        """log(probs / (1 - probs))."""
        return self._choice.logits


class _ExpRelaxedCategorical(Distribution):
    """The logarithm of a `RelaxedOneHotCategorical`."""

    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        self.choice = Categorical(probs, logits, validate_args)
        shape = self.choice.param_shape
        super().__init__(Size(shape[:-1]), Size(shape[-1:]), validate_args=validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> _ExpRelaxedCategorical:
        new = self._renewed(Size(batch_shape))
        new.choice = self.choice.expand(batch_shape)
        return new

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        logits = self.choice.logits
        drawn = clamped(rand(self._extended_shape(sample_shape), dtype=logits.dtype))
        scores = (logits - (-drawn.log()).log()) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Tensor:
        count = self._event_shape[0]
        self._check_value(value)
        score = self.choice.logits - value * self.temperature
        score = (score - score.logsumexp(dim=-1, keepdim=True)).sum(-1)
        return score + math.lgamma(count) + (count - 1) * _log(self.temperature)


class RelaxedOneHotCategorical(TransformedDistribution):
    """Shares of which one is near 1, the nearer the lower the temperature.

    Args:
        temperature: > 0.
        probs: (..., k), not negative; they are brought to a sum of one.
        logits: their logarithms instead, up to a constant.
    """

    support = constraints.simplex

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        base = _ExpRelaxedCategorical(temperature, probs, logits, validate_args)
        super().__init__(base, ExpTransform(), validate_args)
        self.temperature = temperature
        self._choice = base.choice

    @property
    def probs(self) -> Tensor:
        """The probability of each alternative."""
        return self._choice.probs

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return self._choice.logits
