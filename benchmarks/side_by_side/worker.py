"""A process for each library, which runs a few steps when asked and otherwise waits.

Each library has a process of its own, since the threads of one would take the cores of the other, and its
settings of BLAS and memory with it.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.side_by_side.effort import Effort, effort
from benchmarks.side_by_side.limits import limits
from benchmarks.side_by_side.tables import workload
from benchmarks.side_by_side.workload import Step, Workload

BY_HAND = "numpy"
"""The library whose steps are the hand-written ones."""

COMPILE = ".compile"
"""Ends the name of a library that runs a whole step as its `compile` gives it back."""

_WARM_UP = 3
_QUIET_S = 0.02
"""Until the threads of the library that had its turn, which spin a while, have gone to sleep."""

_WARM_S = 0.02
"""Until the system has given each thread a core of its own, which a training has from its second step on."""


class Worker:
    """A process that knows one library.

    Args:
        library: "gradloom", "torch", either with COMPILE, or BY_HAND for the floors.
        cores: how many cores it may use.
        processor: whether to count the time that processors work instead of the time that passes.
    """

    def __init__(self, library: str, cores: int, processor: bool = False) -> None:
        self.library = library
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(library, cores, processor, theirs), daemon=True)
        self._process.start()

    def prepare(self, name: str) -> float | None:
        """Build the step of this name; returns about how many seconds it takes, None if there is none."""
        took: float | None = self._ask("prepare", name)
        return took

    def run(self, count: int) -> float:
        """The mean seconds of this many steps in a row."""
        return float(self._ask("run", count))

    def floor(self, name: str) -> float | None:
        """Seconds that the machine needs at least, where nobody wrote the step by hand."""
        least: float | None = self._ask("floor", name)
        return least

    def effort(self) -> Effort:
        """What the step takes that no neighbour can change."""
        told: Effort = self._ask("effort", None)
        return told

    def peak_bytes(self) -> int:
        """The most memory that the process has had."""
        return int(self._ask("peak_bytes", None))

    def close(self) -> None:
        self._pipe.close()
        self._process.join()

    def _ask(self, what: str, detail: Any) -> Any:
        self._pipe.send((what, detail))
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise RuntimeError(f"{self.library} {what} {detail}: {answer}") from answer
        return answer


def _serve(library: str, cores: int, processor: bool, pipe: Connection) -> None:
    # Before any library counts them.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    serving = _Serving(library, time.process_time if processor else time.perf_counter)
    while True:
        try:
            what, detail = pipe.recv()
        except EOFError:
            return
        try:
            answer = getattr(serving, what)(detail)
        except Exception as error:  # noqa: BLE001 (told to the process that asked)
            answer = RuntimeError(repr(error))
        pipe.send(answer)


class _Serving:
    def __init__(self, library: str, clock: Callable[[], float]) -> None:
        self.library = library
        self.clock = clock
        self.step: Step | None = None

    def prepare(self, name: str) -> float | None:
        self.step = None
        self.step = self._built(workload(name))
        if self.step is None:
            return None
        self.run(_WARM_UP)
        return self.run(1)

    def _built(self, chosen: Workload) -> Step | None:
        if self.library == BY_HAND:
            return None if chosen.floor is None else chosen.floor()
        if not self.library.endswith(COMPILE):
            return chosen.build(import_module(self.library))
        library = import_module(self.library.removesuffix(COMPILE))
        step: Step | None = library.compile(chosen.build(library)) if chosen.whole else None
        return step

    def run(self, count: int) -> float:
        step = self.step
        assert step is not None
        time.sleep(_QUIET_S)
        warm = time.perf_counter() + _WARM_S
        step()  # brings back what others have driven out of the cache
        while time.perf_counter() < warm:
            step()
        begun = self.clock()
        for _ in range(count):
            step()
        return (self.clock() - begun) / count

    def floor(self, name: str) -> float | None:
        cost = workload(name).cost
        return None if cost is None else limits(self.clock).seconds(cost(import_module("gradloom")))

    def effort(self, _: None) -> Effort:
        assert self.step is not None
        return effort(self.step)

    def peak_bytes(self, _: None) -> int:
        import resource  # not on Windows

        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
