"""Parts of a piece of work at the same time. The split depends on sizes only, and so do the bits.

The caller works too, and each thread takes the next part when it has done one: a thread whose core somebody
else is using takes fewer, or none, and nobody waits for what it has not begun.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import cache
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from gradloom.kernels.process import settle

Result = TypeVar("Result")

_PART = 2_000_000  # multiply-adds; handing over less costs more than it saves


def in_parts(run: Callable[[int, int], Result], count: int, work: int, most: int = 8) -> list[Result]:
    """`run(start, stop)` for parts of `count` things, in order; `work` estimates multiply-adds.

    There are at most `most` parts, and an even number of them, or one where there is little work.
    """
    settle()
    parts = min(most, count, work // _PART) // 2 * 2
    if parts < 2:
        return [run(0, count)]
    bounds = [count * part // parts for part in range(parts + 1)]
    job = _Job(run, list(itertools.pairwise(bounds)))
    # A part that is itself split, or a second thread that computes, does its parts one after the other.
    if _helping.acquire(blocking=False):
        try:
            for post in _helpers()[: parts - 1]:
                post.put((copy_context(), job))
            job.help()
            job.finished.acquire()
        finally:
            _helping.release()
    else:
        job.help()
    if job.errors:
        raise job.errors[0]
    return job.close()


class _Job(Generic[Result]):
    """Parts that threads take until none is left.

    Iterators of ranges and counts step atomically, so that no part is done twice.
    """

    def __init__(self, run: Callable[[int, int], Result], parts: list[tuple[int, int]]) -> None:
        self._run = run
        self._parts = parts
        self._open = iter(range(len(parts)))
        self._done = itertools.count(1).__next__
        self.results: list[Any] = [None] * len(parts)
        self.errors: list[BaseException] = []
        self.finished = threading.Lock()
        self.finished.acquire()

    def help(self) -> None:
        """Do parts until none is open."""
        for at in self._open:
            try:
                self.results[at] = self._run(*self._parts[at])
            except BaseException as error:  # noqa: BLE001 (raised again where the job was given)
                self.errors.append(error)
            if self._done() == len(self._parts):
                self.finished.release()

    def close(self) -> list[Result]:
        """The results; a helper that comes too late then holds none of the arrays that were worked on."""
        results, self.results = self.results, []
        del self._run
        return results


_Post = SimpleQueue[tuple[Context, _Job[Any]]]
_helping = threading.Lock()


@cache
def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _helpers() -> list[_Post]:
    """Where the threads that help, one for each further core, look for work."""
    posts: list[_Post] = [SimpleQueue() for _ in range(cores() - 1)]
    for post in posts:
        threading.Thread(target=_wait_for_work, args=(post,), name="gradloom-helper", daemon=True).start()
    return posts


def _wait_for_work(post: _Post) -> None:
    while True:
        context, job = post.get()
        # The context carries NumPy's error state, which the caller may have silenced.
        context.run(job.help)
        del context, job


def _start_over() -> None:
    """In a forked process, which has neither the threads nor whoever holds the lock."""
    global _helping
    _helping = threading.Lock()
    _helpers.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_over)
