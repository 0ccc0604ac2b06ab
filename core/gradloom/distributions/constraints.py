"""Sets of numbers: where a distribution's parameters may lie, and its values."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.tensor import Tensor, wrap

__all__ = [
    "Constraint", "boolean", "dependent", "greater_than", "greater_than_eq", "half_open_interval",
    "independent", "integer_interval", "interval", "is_dependent", "less_than", "lower_cholesky",
    "multinomial", "nonnegative", "nonnegative_integer", "one_hot", "positive", "positive_definite",
    "positive_integer", "real", "real_vector", "simplex", "unit_interval",
]  # fmt: skip


class Constraint:
    """A set that values are checked against.

    Attributes:
        is_discrete: whether it holds whole numbers only.
        event_dim: how many dims from the right belong to one value.
    """

    is_discrete = False
    event_dim = 0

    def check(self, value: Tensor) -> Tensor:
        """A bool for each value: whether it lies in the set."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__.lstrip('_')}()"


class _Dependent(Constraint):
    """A set that depends on other parameters, and is not checked."""

    def __init__(self, is_discrete: bool = False, event_dim: int = 0) -> None:
        self.is_discrete = is_discrete
        self.event_dim = event_dim

    def __call__(self, *, is_discrete: bool = False, event_dim: int = 0) -> _Dependent:
        return _Dependent(is_discrete, event_dim)

    def check(self, value: Tensor) -> Tensor:
        raise ValueError("Cannot determine validity of dependent constraint")


def is_dependent(constraint: Any) -> bool:
    """Whether the set depends on other parameters."""
    return isinstance(constraint, _Dependent)


class _Real(Constraint):
    def check(self, value: Tensor) -> Tensor:
        return value == value

    def __repr__(self) -> str:
        return "Real()"


class _Boolean(Constraint):
    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value == 0) | (value == 1)


class _OneHot(Constraint):
    is_discrete = True
    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return ((value == 0) | (value == 1)).all(-1) & value.sum(-1).eq(1)


class _Bounded(Constraint):
    """Between `lower_bound` and `upper_bound`, each of which may be open or lacking."""

    open_below = open_above = False

    def __init__(self, lower_bound: Any = None, upper_bound: Any = None) -> None:
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound

    def check(self, value: Tensor) -> Tensor:
        inside = value == value
        low, high = self.lower_bound, self.upper_bound
        if low is not None:
            inside = inside & (value > low if self.open_below else value >= low)
        if high is not None:
            inside = inside & (value < high if self.open_above else value <= high)
        return inside & (value % 1 == 0) if self.is_discrete else inside

    def __repr__(self) -> str:
        bounds = (("lower_bound", self.lower_bound), ("upper_bound", self.upper_bound))
        inside = ", ".join(f"{name}={value}" for name, value in bounds if value is not None)
        return f"{_TITLES[type(self)]}({inside})"


class interval(_Bounded):  # noqa: N801 - PyTorch's name, as all below
    """Numbers from `lower_bound` to `upper_bound`."""


class half_open_interval(_Bounded):  # noqa: N801
    """Numbers from `lower_bound` to, but without, `upper_bound`."""

    open_above = True


class greater_than(_Bounded):  # noqa: N801
    """Numbers above `lower_bound`."""

    open_below = True

    def __init__(self, lower_bound: Any) -> None:
        super().__init__(lower_bound)


class greater_than_eq(_Bounded):  # noqa: N801
    """Numbers from `lower_bound` on."""

    def __init__(self, lower_bound: Any) -> None:
        super().__init__(lower_bound)


class less_than(_Bounded):  # noqa: N801
    """Numbers below `upper_bound`."""

    open_above = True

    def __init__(self, upper_bound: Any) -> None:
        super().__init__(None, upper_bound)


class integer_interval(_Bounded):  # noqa: N801
    """Whole numbers from `lower_bound` to `upper_bound`."""

    is_discrete = True


class _IntegerFrom(_Bounded):
    is_discrete = True


_TITLES: dict[type[Constraint], str] = {
    interval: "Interval", half_open_interval: "HalfOpenInterval", greater_than: "GreaterThan",
    greater_than_eq: "GreaterThanEq", less_than: "LessThan", integer_interval: "IntegerInterval",
    _IntegerFrom: "IntegerGreaterThan",
}  # fmt: skip


class _Simplex(Constraint):
    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class multinomial(Constraint):  # noqa: N801
    """Counts that add up to `upper_bound`."""

    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & (value.sum(-1) == self.upper_bound)


class _LowerCholesky(Constraint):
    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        array = value.detach().array
        triangular = (np.tril(array) == array).all((-2, -1))
        return wrap(np.asarray(triangular & (np.diagonal(array, 0, -2, -1) > 0).all(-1)))

    def __repr__(self) -> str:
        return "LowerCholesky()"


class _PositiveDefinite(Constraint):
    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        array = value.detach().array
        symmetric: Array = np.isclose(array, np.swapaxes(array, -2, -1), atol=1e-6).all((-2, -1))  # type: ignore[assignment]
        positive = np.linalg.eigvalsh(np.where(symmetric[..., None, None], array, 0)).min(-1) > 0
        return wrap(np.asarray(symmetric & positive))

    def __repr__(self) -> str:
        return "PositiveDefinite()"


class independent(Constraint):  # noqa: N801
    """A set for each of the last dims: what `base_constraint` says of all of them together."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    def check(self, value: Tensor) -> Tensor:
        inside = self.base_constraint.check(value)
        count = self.reinterpreted_batch_ndims
        return inside.reshape(*inside.shape[: inside.ndim - count], -1).all(-1) if count else inside

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


dependent = _Dependent()
boolean = _Boolean()
one_hot = _OneHot()
real = _Real()
real_vector = independent(real, 1)
positive = greater_than(0.0)
nonnegative = greater_than_eq(0.0)
unit_interval = interval(0.0, 1.0)
nonnegative_integer = _IntegerFrom(0)
positive_integer = _IntegerFrom(1)
simplex = _Simplex()
lower_cholesky = _LowerCholesky()
positive_definite = _PositiveDefinite()
