"""What the machine allows: how fast it multiplies and how fast it moves bytes, measured when asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from benchmarks.side_by_side.workload import Cost
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

_ROUNDS = 12
_SIDE = 1536
_FLOATS = 16_000_000


class Limits(NamedTuple):
    """Floating-point operations and bytes a second, at best, on all cores."""

    operations: float
    bytes: float

    def seconds(self, cost: Cost) -> float:
        """No step of this cost can be faster, unless the cache holds all of it."""
        return max(cost.operations / self.operations, cost.bytes / self.bytes)


@cache
def limits(clock: Callable[[], float]) -> Limits:
    """The best of a few large products and copies."""
    a, b = np.ones((_SIDE, _SIDE), np.float32), np.ones((_SIDE, _SIDE), np.float32)
    out = np.empty_like(a)
    source, target = np.ones(_FLOATS, np.float32), np.empty(_FLOATS, np.float32)
    with threadpool_limits():
        products = 2 * _SIDE**3 / _best(lambda: np.matmul(a, b, out=out), clock)
    return Limits(products, 2 * source.nbytes / _best(lambda: np.copyto(target, source), clock))


def _best(act: Callable[[], object], clock: Callable[[], float]) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        begun = clock()
        act()
        best = min(best, clock() - begun)
    return best
