"""Taking turns: a few steps of ours, a few of PyTorch's, a few by hand, until each had its time."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import median, quantiles
from typing import Self

from benchmarks.side_by_side.worker import BY_HAND, COMPILE, Worker

import gradloom

OURS, THEIRS = "gradloom", "torch"
RECORDED, THEIRS_COMPILED = OURS + COMPILE, THEIRS + COMPILE
LIBRARIES = [OURS, THEIRS, BY_HAND] if find_spec("torch") else [OURS, BY_HAND]


def libraries(compiled: bool) -> list[str]:
    """Those that can be measured here; with `compiled` also what PyTorch's compiler makes of a step."""
    found = list(LIBRARIES)
    if gradloom.compile(len) is not len:  # a compiler that gives back what it was given records nothing
        found.insert(1, RECORDED)
    if compiled and THEIRS in found:
        if not any(map(shutil.which, ("c++", "g++", "clang++"))):
            raise RuntimeError("torch.compile needs a C++ compiler, and there is none on the path.")
        found.append(THEIRS_COMPILED)
    return found


_SLICE_S = 0.02  # long beside the clock and the start of threads, short beside what a neighbour does
_ROUNDS_AT_LEAST = 5


@dataclass
class Row:
    """Seconds a step in each round, by library."""

    name: str
    seconds: dict[str, list[float]] = field(default_factory=dict)
    floor: float | None = None

    def median_us(self, library: str) -> float | None:
        """The median of the rounds; the floor may also be a calculated one."""
        if library in self.seconds:
            return 1e6 * median(self.seconds[library])
        return 1e6 * self.floor if library == BY_HAND and self.floor is not None else None

    def best_us(self, library: str) -> float | None:
        """The best round, which others on the machine disturbed least."""
        return 1e6 * min(self.seconds[library]) if library in self.seconds else self.median_us(library)

    def spread(self) -> float:
        """The interquartile range of our rounds over their median."""
        low, middle, high = quantiles(self.seconds[OURS], n=4)
        return (high - low) / middle

    def ratio(self, library: str, ours: str = OURS) -> float | None:
        """Our best round over this library's."""
        mine, theirs = self.best_us(ours), self.best_us(library)
        return mine / theirs if mine and theirs else None


class Bench:
    """The processes of all libraries, as a context.

    Args:
        seconds: how long each library runs for a row.
        cores: how many cores each may use.
        processor: whether to count the time that processors work instead of the time that passes.
    """

    def __init__(
        self, seconds: float, cores: int, processor: bool = False, libraries: Sequence[str] = LIBRARIES
    ) -> None:
        self.seconds = seconds
        self.cores = cores
        self.processor = processor
        self.libraries = libraries
        self.workers: dict[str, Worker] = {}

    def __enter__(self) -> Self:
        self.workers = {each: Worker(each, self.cores, self.processor) for each in self.libraries}
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.close()

    def row(self, name: str) -> Row:
        """The workload of this name, in all libraries."""
        expected = {library: worker.prepare(name) for library, worker in self.workers.items()}
        steps = {each: max(1, int(_SLICE_S / took)) for each, took in expected.items() if took is not None}
        row = Row(name, {library: [] for library in steps})
        until = time.monotonic() + self.seconds * len(steps)
        while len(row.seconds[OURS]) < _ROUNDS_AT_LEAST or time.monotonic() < until:
            for library, count in steps.items():
                row.seconds[library].append(self.workers[library].run(count))
        if BY_HAND in self.workers and BY_HAND not in steps:
            row.floor = self.workers[BY_HAND].floor(name)
        return row
