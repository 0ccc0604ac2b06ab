"""From a set of numbers to a transform that maps all real numbers into it, for trained parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom.distributions import constraints
from gradloom.distributions.constraints import Constraint
from gradloom.distributions.transforms import (
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    SigmoidTransform,
    SoftmaxTransform,
    StickBreakingTransform,
    Transform,
    identity_transform,
)

Factory = Callable[[Any], Transform]


class ConstraintRegistry:
    """Called on a set, gives the transform that is registered for its class."""

    def __init__(self) -> None:
        self._factories: dict[type[Constraint], Factory] = {}

    def register(self, constraint: Any, factory: Factory | None = None) -> Any:
        """Make `factory(constraint)` the transform for sets of this class; also as a decorator."""
        if factory is None:
            return lambda function: self.register(constraint, function)
        kind = constraint if isinstance(constraint, type) else type(constraint)
        self._factories[kind] = factory
        return factory

    def __call__(self, constraint: Constraint) -> Transform:
        factory = self._factories.get(type(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return factory(constraint)


transform_to = ConstraintRegistry()
"""Maps onto the set, perhaps several values to one."""
biject_to = ConstraintRegistry()
"""Maps onto the set, each value to one of its own."""


def _above(constraint: Any) -> Transform:
    return ComposeTransform([ExpTransform(), AffineTransform(constraint.lower_bound, 1)])


def _below(constraint: Any) -> Transform:
    return ComposeTransform([ExpTransform(), AffineTransform(constraint.upper_bound, -1)])


def _between(constraint: Any) -> Transform:
    low, high = constraint.lower_bound, constraint.upper_bound
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and (low, high) == (0, 1):
        return SigmoidTransform()
    return ComposeTransform([SigmoidTransform(), AffineTransform(low, high - low)])


def _fill(registry: ConstraintRegistry) -> None:
    """Register what both registries have in common."""
    registry.register(constraints.real, lambda constraint: identity_transform)
    registry.register(constraints.greater_than, _above)
    registry.register(constraints.greater_than_eq, _above)
    registry.register(constraints.less_than, _below)
    registry.register(constraints.interval, _between)
    registry.register(constraints.half_open_interval, _between)

    def each_alone(constraint: Any) -> Transform:
        return IndependentTransform(
            registry(constraint.base_constraint), constraint.reinterpreted_batch_ndims
        )

    registry.register(constraints.independent, each_alone)


_fill(transform_to)
_fill(biject_to)
transform_to.register(constraints.lower_cholesky, lambda constraint: LowerCholeskyTransform())
transform_to.register(constraints.simplex, lambda constraint: SoftmaxTransform())
biject_to.register(constraints.simplex, lambda constraint: StickBreakingTransform())
