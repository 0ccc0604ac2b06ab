"""Sample inputs: what an op is tried on by the gradient checks and by the comparison with PyTorch.

A sample says what to draw, not the numbers themselves, so that it costs nothing at import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gradloom.dtypes import Array


@dataclass(frozen=True, slots=True)
class Draw:
    """An array to be drawn: its shape, its range, and points that its values must not come near."""

    shape: tuple[int, ...]
    kind: Literal["float", "int", "bool", "complex"] = "float"
    low: float = -2.0
    high: float = 2.0
    avoid: tuple[float, ...] = ()
    distinct: bool = False

    def array(self, rng: np.random.Generator) -> Array:
        """Draw it: float64, int64, bool or complex128."""
        if self.kind == "complex":
            parts = rng.uniform(self.low, self.high, (2, *self.shape))
            return np.asarray(parts[0] + 1j * parts[1])
        if self.kind == "bool":
            return rng.random(self.shape) < 0.5
        if self.kind == "int":
            return rng.integers(int(self.low), int(self.high), self.shape)
        if self.distinct:
            count = int(np.prod(self.shape))
            steps = rng.permutation(count).reshape(self.shape)
            return self.low + (self.high - self.low) * (steps + 0.5) / max(count, 1)
        values = np.asarray(rng.uniform(self.low, self.high, self.shape))
        for point in self.avoid:
            offset = values - point
            values = np.where(np.abs(offset) < 0.1, point + np.where(offset < 0, -0.1, 0.1), values)
        return values


@dataclass(frozen=True, slots=True)
class Sample:
    """One call of an op; each `Draw` among the arguments, also inside a list, stands for a tensor."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def sample(*args: Any, **kwargs: Any) -> Sample:
    """A call with these arguments: `sample(floats(2, 3), dim=1)`."""
    return Sample(args, kwargs)


def floats(
    *shape: int,
    low: float = -2.0,
    high: float = 2.0,
    avoid: tuple[float, ...] = (),
    distinct: bool = False,
) -> Draw:
    """Floating-point numbers between `low` and `high`, `distinct` where ties would leave no gradient."""
    return Draw(shape, "float", low, high, avoid, distinct)


def complexes(*shape: int, low: float = -2.0, high: float = 2.0) -> Draw:
    """Complex numbers whose parts lie between `low` and `high`."""
    return Draw(shape, "complex", low, high)


def integers(*shape: int, low: int = 0, high: int = 5) -> Draw:
    """Integers in [low, high)."""
    return Draw(shape, "int", low, high)


def booleans(*shape: int) -> Draw:
    """True or False, with equal chances."""
    return Draw(shape, "bool")
