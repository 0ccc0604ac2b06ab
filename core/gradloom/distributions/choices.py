"""Distributions over a few alternatives: Bernoulli, categorical, one-hot."""

from __future__ import annotations

import math
from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import arange, zeros
from gradloom.distributions import constraints
from gradloom.distributions.constraints import Constraint
from gradloom.distributions.derived import derived
from gradloom.distributions.distribution import (
    Distribution,
    ExponentialFamily,
    Shape,
    as_tensors,
    batch_shape_of,
    clamped,
    exactly_one,
)
from gradloom.limits import finfo
from gradloom.ops.elementwise.activation import softmax
from gradloom.ops.elementwise.exponential import log
from gradloom.ops.elementwise.logistic import sigmoid
from gradloom.ops.layers.loss import binary_cross_entropy_with_logits
from gradloom.ops.movement.views import broadcast_tensors
from gradloom.random import bernoulli, multinomial
from gradloom.size import Size
from gradloom.tensor import Tensor


class Bernoulli(ExponentialFamily):
    """One with a certain chance, and zero otherwise.

    Args:
        probs: the chance of one, in [0, 1].
        logits: log(probs / (1 - probs)) instead.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        exactly_one(probs, logits)
        given = probs if probs is not None else logits
        (made,) = as_tensors(given)
        self.__dict__["probs" if probs is not None else "logits"] = made
        super().__init__(batch_shape_of((given,), made), validate_args=validate_args)

    @derived
    def logits(self) -> Tensor:
        """log(probs / (1 - probs))."""
        probs = clamped(self.probs)
        return log(probs) - (-probs).log1p()

    @derived
    def probs(self) -> Tensor:
        """The chance of one."""
        return sigmoid(self.logits)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        likelier = (self.probs >= 0.5).to(self.probs.dtype)
        return likelier.masked_fill(self.probs == 0.5, math.nan)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        logits, value = broadcast_tensors(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value.to(logits.dtype), reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        parameter = self.__dict__.get("probs", self.__dict__.get("logits"))
        assert parameter is not None
        values = arange(2, dtype=parameter.dtype).view(-1, *[1] * len(self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values


class Categorical(Distribution):
    """One of several alternatives, given as 0, 1, 2, ...

    Args:
        probs: (..., k), not negative; they are brought to a sum of one.
        logits: their logarithms instead, up to a constant.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        exactly_one(probs, logits)
        if probs is not None:
            if probs.dim() < 1:
                raise ValueError("`probs` parameter must be at least one-dimensional.")
            self.__dict__["probs"] = probs / probs.sum(-1, keepdim=True)
            shape = probs.shape
        else:
            assert logits is not None
            if logits.dim() < 1:
                raise ValueError("`logits` parameter must be at least one-dimensional.")
            self.__dict__["logits"] = logits - logits.logsumexp(dim=-1, keepdim=True)
            shape = logits.shape
        self._num_events = shape[-1]
        super().__init__(Size(shape[:-1]), validate_args=validate_args)

    @derived
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return log(clamped(self.probs))

    @derived
    def probs(self) -> Tensor:
        """The probability of each alternative."""
        return softmax(self.logits, -1)

    def _own_dims(self, name: str) -> int:
        return 1

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def param_shape(self) -> Size:
        """The shape of the probabilities."""
        return Size((*self.batch_shape, self._num_events))

    @property
    def mean(self) -> Tensor:
        return zeros(self.batch_shape, dtype=self.probs.dtype) + math.nan

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Tensor:
        return zeros(self.batch_shape, dtype=self.probs.dtype) + math.nan

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        shape = Size(sample_shape)
        with no_grad():
            rows = self.probs.reshape(-1, self._num_events)
            drawn = multinomial(rows, shape.numel(), True).t()
            return drawn.reshape(self._extended_shape(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        places, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, places[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        logits = self.logits.clamp(min=finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(self._num_events).view(-1, *[1] * len(self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values


class OneHotCategorical(Distribution):
    """One of several alternatives, given as a vector that is one there and zero elsewhere.

    Args:
        probs: (..., k), not negative; they are brought to a sum of one.
        logits: their logarithms instead, up to a constant.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits, validate_args)
        shape = self._categorical.param_shape
        super().__init__(Size(shape[:-1]), Size(shape[-1:]), validate_args=validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> OneHotCategorical:
        new = self._renewed(Size(batch_shape))
        new._categorical = self._categorical.expand(batch_shape)
        return new

    @property
    def probs(self) -> Tensor:
        """The probability of each alternative."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return self._one_hot(self.probs.argmax(-1))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def _one_hot(self, places: Tensor) -> Tensor:
        made = zeros(*places.shape, self._event_shape[0], dtype=self.probs.dtype)
        return made.scatter_(-1, places.unsqueeze(-1), 1.0)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            return self._one_hot(self._categorical.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self) -> Tensor:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        places = arange(self._event_shape[0]).view(-1, *[1] * len(self.batch_shape))
        values = self._one_hot(places)
        return values.expand(-1, *self._extended_shape()) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """As `OneHotCategorical`, with samples whose gradient is that of the probabilities."""

    has_rsample = True

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return self.sample(sample_shape) + (self.probs - self.probs.detach())
