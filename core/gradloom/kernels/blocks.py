"""Several steps on one block after another, so that a block stays in the cache from the first to the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gradloom.kernels.parallel import in_parts

Result = TypeVar("Result")

_BYTES = 2**18
_WORK_PER_BYTE = 4  # what a few steps on a number cost, in multiply-adds


def in_blocks(run: Callable[[slice], Result], count: int, each: int) -> list[Result]:
    """What `run(part)` gives for parts of `count` rows, in order; a row takes `each` bytes in one array."""
    step = max(1, _BYTES // max(each, 1))
    if step >= count:
        return [run(slice(0, count))]

    def several(start: int, stop: int) -> list[Result]:
        return [run(slice(first, min(first + step, stop))) for first in range(start, stop, step)]

    parts = in_parts(several, count, work=count * each * _WORK_PER_BYTE)
    return [result for part in parts for result in part]
