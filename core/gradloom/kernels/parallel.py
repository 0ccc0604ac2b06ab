"""Two halves of a piece of work at the same time. The split is always the same, and so are the bits."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from gradloom.kernels.process import settle

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Result = TypeVar("Result")

_WORTH_A_THREAD = 16_000_000  # multiply-adds; below this the hand-over costs more than it saves


def in_halves(run: Callable[[int, int], Result], count: int, work: int) -> tuple[Result, Result]:
    """`run(start, stop)` for each half of `count` things; `work` estimates multiply-adds."""
    settle()
    middle = (count + 1) // 2
    if work < _WORTH_A_THREAD or _cores() < 2:
        return run(0, middle), run(middle, count)
    # The context carries NumPy's error state, which the caller may have silenced.
    second = _second_thread().submit(copy_context().run, run, middle, count)
    return run(0, middle), second.result()


@cache
def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _second_thread() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # slow to import

    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="gradloom-half")


if hasattr(os, "register_at_fork"):  # a forked process has the pool, but not its thread
    os.register_at_fork(after_in_child=_second_thread.cache_clear)
