"""Distributions of counts: Poisson, binomial, geometric, multinomial."""

from __future__ import annotations

from typing import Any

from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import arange, empty, zeros, zeros_like
from gradloom.distributions import constraints
from gradloom.distributions.choices import Categorical
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
from gradloom.distributions.gamma import Gamma
from gradloom.distributions.sampling import binomial, poisson
from gradloom.limits import finfo
from gradloom.nn.functional import logsigmoid
from gradloom.ops.elementwise.exponential import log
from gradloom.ops.elementwise.logistic import sigmoid
from gradloom.ops.layers.loss import binary_cross_entropy_with_logits
from gradloom.ops.special.logarithm_products import xlogy
from gradloom.size import Size
from gradloom.tensor import Tensor


class Poisson(ExponentialFamily):
    """How often something happens in a unit of time, at a constant rate.

    Args:
        rate: how often on average, not negative.
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = as_tensors(rate)
        super().__init__(batch_shape_of((rate,), self.rate), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return xlogy(value, self.rate) - self.rate - (value + 1).lgamma()


class Binomial(Distribution):
    """How many of several trials succeed.

    Args:
        total_count: the number of trials.
        probs: the chance of each, in [0, 1].
        logits: log(probs / (1 - probs)) instead.
    """

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self,
        total_count: Any = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        exactly_one(probs, logits)
        given = probs if probs is not None else logits
        count, made = as_tensors(total_count, given)
        self.total_count = count.to(made.dtype)
        self.__dict__["probs" if probs is not None else "logits"] = made
        super().__init__(batch_shape_of((total_count, given), made), validate_args=validate_args)

    @derived
    def logits(self) -> Tensor:
        """log(probs / (1 - probs))."""
        probs = clamped(self.probs)
        return log(probs) - (-probs).log1p()

    @derived
    def probs(self) -> Tensor:
        """The chance of each trial."""
        return sigmoid(self.logits)

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        ways = (
            (self.total_count + 1).lgamma() - (value + 1).lgamma() - (self.total_count - value + 1).lgamma()
        )
        logits = self.logits
        # The slope at 0 is a half from either side.
        above = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2
        none = self.total_count * (above + (-logits.abs()).exp().log1p())
        return value * logits - none + ways

    def entropy(self) -> Tensor:
        most = int(self.total_count.max().item())
        if int(self.total_count.min().item()) != most:
            raise NotImplementedError("Inhomogeneous total count not supported by `entropy`.")
        log_probs = self.log_prob(self.enumerate_support(False))
        return -(log_probs.exp() * log_probs).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        most = int(self.total_count.max().item())
        if int(self.total_count.min().item()) != most:
            raise NotImplementedError("Inhomogeneous total count not supported by `enumerate_support`.")
        values = arange(1 + most, dtype=self.total_count.dtype).view(-1, *[1] * len(self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values


class Geometric(Distribution):
    """How many trials fail before the first that succeeds.

    Args:
        probs: the chance of each, in (0, 1].
        logits: log(probs / (1 - probs)) instead.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        exactly_one(probs, logits)
        given = probs if probs is not None else logits
        (made,) = as_tensors(given)
        self.__dict__["probs" if probs is not None else "logits"] = made
        super().__init__(batch_shape_of((given,), made), validate_args=validate_args)
        if self._validate_args and probs is not None and not bool((made > 0).all()):
            raise ValueError(
                f"Expected parameter probs ({type(made).__name__} of shape {tuple(made.shape)}) of "
                f"distribution {self!r} to be positive but found invalid values:\n{made}"
            )

    @derived
    def logits(self) -> Tensor:
        """log(probs / (1 - probs))."""
        probs = clamped(self.probs)
        return log(probs) - (-probs).log1p()

    @derived
    def probs(self) -> Tensor:
        """The chance of each trial."""
        return sigmoid(self.logits)

    @property
    def mean(self) -> Tensor:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            drawn = empty(shape, dtype=self.probs.dtype).uniform_(finfo(self.probs.dtype).tiny, 1)
            return (drawn.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        probs = self.probs
        return xlogy(value, 1 - probs) + probs.log()

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs


class NegativeBinomial(Distribution):
    """How many trials succeed before so many have failed.

    Args:
        total_count: the number of failures at which it ends, not negative.
        probs: the chance of success, in [0, 1).
        logits: log(probs / (1 - probs)) instead.
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        exactly_one(probs, logits)
        given = probs if probs is not None else logits
        count, made = as_tensors(total_count, given)
        self.total_count = count.to(made.dtype)
        self.__dict__["probs" if probs is not None else "logits"] = made
        super().__init__(batch_shape_of((total_count, given), made), validate_args=validate_args)

    @derived
    def logits(self) -> Tensor:
        """log(probs / (1 - probs))."""
        probs = clamped(self.probs)
        return log(probs) - (-probs).log1p()

    @derived
    def probs(self) -> Tensor:
        """The chance of success."""
        return sigmoid(self.logits)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / sigmoid(-self.logits)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            rate = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return poisson(rate.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        known = self.total_count * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways = -(self.total_count + value).lgamma() + (1.0 + value).lgamma() + self.total_count.lgamma()
        return known - ways.masked_fill(self.total_count + value == 0.0, 0.0)


class Multinomial(Distribution):
    """How often each alternative comes in several draws.

    Args:
        total_count: the number of draws.
        probs: (..., k), not negative; they are brought to a sum of one.
        logits: their logarithms instead, up to a constant.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(
        self,
        total_count: int = 1,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs, logits, validate_args)
        shape = self._categorical.param_shape
        super().__init__(Size(shape[:-1]), Size(shape[-1:]), validate_args=validate_args)

    def expand(self, batch_shape: Shape, _instance: Any = None) -> Multinomial:
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
    def support(self) -> Constraint:
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        shape = Size(sample_shape)
        with no_grad():
            drawn = self._categorical.sample((self.total_count, *shape)).movedim(0, -1)
            counts = zeros(self._extended_shape(shape), dtype=self.probs.dtype)
            ones = zeros(drawn.shape, dtype=self.probs.dtype) + 1
            return counts.scatter_add_(-1, drawn, ones)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        logits = self.logits.expand(value.shape) if value.ndim >= self.logits.ndim else self.logits
        logits = logits.masked_fill((value == 0) & (logits.detach() == -float("inf")), 0.0)
        ways = (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1)
        return ways + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        whole = zeros(1, dtype=self.probs.dtype) + self.total_count
        binomial_log_probs = Binomial(self.total_count, probs=self.probs)
        counts = binomial_log_probs.enumerate_support(False)[1:]
        weights = binomial_log_probs.log_prob(counts).exp()
        spread = (weights * (counts + 1).lgamma()).sum((0, -1))
        return self.total_count * self._categorical.entropy() - (whole + 1).lgamma()[0] + spread
