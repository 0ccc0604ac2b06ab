"""What transforms of random values have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.distributions import constraints
from gradloom.distributions.constraints import Constraint
from gradloom.tensor import Tensor


class Transform:
    """A function and its inverse.

    Args:
        cache_size: 1 keeps the last pair, so that the inverse of what was just computed is exact; 0 does not.

    Attributes:
        bijective: whether every value has one inverse.
        sign: 1 where it rises, -1 where it falls.
    """

    bijective = True
    sign: Any = 1
    domain: Constraint = constraints.real
    codomain: Constraint = constraints.real

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self._cache_size = cache_size
        self._last: tuple[Tensor | None, Tensor | None] = (None, None)

    @property
    def event_dim(self) -> int:
        """How many dims from the right belong to one value."""
        return self.domain.event_dim

    @property
    def inv(self) -> Transform:
        """The inverse, as a transform."""
        return _Inverse(self)

    def __call__(self, x: Tensor) -> Tensor:
        known, value = self._last
        if known is x and value is not None:
            return value
        value = self._call(x)
        if self._cache_size:
            self._last = x, value
        return value

    def inverse(self, y: Tensor) -> Tensor:
        """The value that gives `y`."""
        value, known = self._last
        if known is y and value is not None:
            return value
        value = self._inverse(y)
        if self._cache_size:
            self._last = value, y
        return value

    def _call(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |dy / dx|."""
        raise NotImplementedError

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape that values of this shape get."""
        return tuple(shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape that values of this shape had."""
        return tuple(shape)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _same(self, other)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _same(one: Any, other: Any) -> bool:
    """Whether two transforms of one type have the same settings."""
    pairs = ((name, vars(one)[name], vars(other).get(name)) for name in vars(one) if not name.startswith("_"))
    for _, a, b in pairs:
        equal = a == b
        if not (bool(equal.all()) if isinstance(equal, Tensor) else equal):
            return False
    return True


class _Inverse(Transform):
    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self.transform = transform

    @property
    def domain(self) -> Constraint:  # type: ignore[override]
        return self.transform.codomain

    @property
    def codomain(self) -> Constraint:  # type: ignore[override]
        return self.transform.domain

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return self.transform.bijective

    @property
    def sign(self) -> Any:
        return self.transform.sign

    @property
    def inv(self) -> Transform:
        return self.transform

    def __call__(self, x: Tensor) -> Tensor:
        return self.transform.inverse(x)

    def inverse(self, y: Tensor) -> Tensor:
        return self.transform(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -self.transform.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.transform.inverse_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.transform.forward_shape(shape)

    def __repr__(self) -> str:
        return f"_InverseTransform({self.transform!r})"


def sum_rightmost(value: Tensor, dims: int) -> Tensor:
    """The sum over so many dims from the right."""
    return value if dims == 0 else value.reshape(*value.shape[: value.ndim - dims], -1).sum(-1)
