"""A tensor's shape."""

from __future__ import annotations

import math

from gradloom.spelling import spelled


class Size(tuple[int, ...]):
    """A tuple of sizes that prints as `Size([2, 3])` and counts its elements."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this size."""
        return math.prod(self)

    def __repr__(self) -> str:
        return spelled(f"Size({list(self)})")
