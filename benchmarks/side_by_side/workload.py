"""What is timed: a step under a name, and what the machine would need for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

Step: TypeAlias = Callable[[], object]


class Cost(NamedTuple):
    """What cannot be saved: floating-point operations in products, and bytes to and from memory."""

    operations: float
    bytes: float


@dataclass(frozen=True)
class Workload:
    """A step of either library.

    Attributes:
        name: the row's name.
        build: makes the step, given the library.
        floor: makes the same step by hand on arrays with buffers, if somebody wrote it.
        cost: what a step costs at least, given our library, where nobody wrote it by hand.
        whole: whether it is a whole step of training, which `compile` of a library can take.
    """

    name: str
    build: Callable[[Any], Step]
    floor: Callable[[], Step] | None = None
    cost: Callable[[Any], Cost] | None = None
    whole: bool = False
