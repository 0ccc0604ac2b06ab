"""Distribution: what all of them have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from gradloom.autograd.grad_mode import no_grad
from gradloom.creation import tensor
from gradloom.distributions.constraints import Constraint, is_dependent
from gradloom.dtypes import get_default_dtype
from gradloom.limits import finfo
from gradloom.ops.movement.views import broadcast_tensors
from gradloom.size import Size
from gradloom.tensor import Tensor

Shape = Sequence[int]


class Distribution:
    """Random values, of which each batch element has its own parameters.

    Shapes are `sample_shape + batch_shape + event_shape`: how many are drawn, how many distributions
    there are, and what one value looks like.

    Args:
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: a parameter, or a value that is asked about, lies outside its set; it says which.
    """

    has_rsample = False
    """Whether gradients flow through samples to the parameters."""
    has_enumerate_support = False
    """Whether all values can be listed."""
    arg_constraints: Mapping[str, Constraint] = {}
    """For each parameter the set it lies in."""
    _validate_args = True

    def __init__(
        self, batch_shape: Shape = (), event_shape: Shape = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        for name, constraint in self.arg_constraints.items():
            if name not in self.__dict__ or is_dependent(constraint):
                continue
            value = self.__dict__[name]
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of "
                    f"distribution {self!r} to satisfy the constraint {constraint!r}, but found invalid "
                    f"values:\n{value}"
                )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Check parameters and values by default, or do not."""
        Distribution._validate_args = value

    @property
    def batch_shape(self) -> Size:
        """How many distributions there are, side by side."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one value."""
        return self._event_shape

    @property
    def support(self) -> Constraint:
        """The set that values lie in."""
        raise NotImplementedError

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        """Values that no gradient flows through."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        """Values that gradients flow through to the parameters."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """`sample((n,))`."""
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at `value`."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of `value` or less."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """The value whose `cdf` this is."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """The entropy, in nats."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values, along a new first dim."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """exp of the entropy."""
        return self.entropy().exp()

    def expand(self, batch_shape: Shape, _instance: Any = None) -> Self:
        """The same distributions as views of this batch shape."""
        shape = Size(batch_shape)
        new = self._renewed(shape)
        for name in self.arg_constraints:
            if name in self.__dict__:
                value = self.__dict__[name]
                own = value.shape[value.ndim - self._own_dims(name) :]
                new.__dict__[name] = value.expand(shape + own)
        return new

    def _own_dims(self, name: str) -> int:
        """How many dims of a parameter belong to one distribution."""
        return self.arg_constraints[name].event_dim

    def _renewed(self, batch_shape: Shape) -> Self:
        """A copy of this batch shape, whose parameters are still to be set."""
        new: Self = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new._batch_shape = Size(batch_shape)
        return new

    def _extended_shape(self, sample_shape: Shape = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _check_value(self, value: Tensor) -> None:
        """What `log_prob` and the like ask of their value, if values are checked."""
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        own = len(self._event_shape)
        if value.shape[value.ndim - own :] != self._event_shape:
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.shape} vs {self._event_shape}."
            )
        for given, wanted in zip(reversed(value.shape), reversed(self._extended_shape()), strict=False):
            if given != 1 and wanted not in (1, given):
                raise ValueError(
                    f"Value is not broadcastable with batch_shape+event_shape: {value.shape} vs "
                    f"{self._extended_shape()}."
                )
        support = self.support
        if not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be "
                f"within the support ({support!r}) of the distribution {self!r}, "
                f"but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = [
            f"{name}: {value if value.numel() == 1 else value.size()}"
            for name in self.arg_constraints
            if (value := self.__dict__.get(name)) is not None
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


class ExponentialFamily(Distribution):
    """A distribution of an exponential family."""


def as_tensors(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and tensors as tensors of one shape; a number takes the dtype of the first tensor."""
    dtype = next((each.dtype for each in values if isinstance(each, Tensor)), get_default_dtype())
    made = [each if isinstance(each, Tensor) else tensor(float(each), dtype=dtype) for each in values]
    return tuple(broadcast_tensors(*made))


def batch_shape_of(given: Sequence[Any], made: Tensor) -> Size:
    """The batch shape of parameters that were given so and became `made`."""
    return made.shape if any(isinstance(each, Tensor) for each in given) else Size()


def clamped(probs: Tensor) -> Tensor:
    """Probabilities kept from 0 and 1 by the smallest step of their dtype."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def exactly_one(first: Any, second: Any, names: str = "`probs` or `logits`") -> None:
    """ValueError unless one of the two was given."""
    if (first is None) == (second is None):
        raise ValueError(f"Either {names} must be specified, but not both.")
