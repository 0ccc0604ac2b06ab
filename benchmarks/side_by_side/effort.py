"""What a step takes that no neighbour can change: calls that Python makes, and memory at most."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import Any, NamedTuple

from benchmarks.side_by_side.workload import Step

_STEPS = 3


class Effort(NamedTuple):
    """What a step takes.

    Attributes:
        calls: of functions, Python's and C's, by the thread that steps.
        peak_bytes: at most, above those before the step.
    """

    calls: int
    peak_bytes: int


def effort(step: Step) -> Effort:
    """The least of a few steps; the first may load and compile."""
    step()
    return Effort(min(_calls(step) for _ in range(_STEPS)), min(_peak(step) for _ in range(_STEPS)))


def _calls(step: Step) -> int:
    calls = 0

    def see(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    collecting = gc.isenabled()
    gc.disable()  # a collection calls back at a moment of its own
    before = sys.getprofile()
    sys.setprofile(see)
    try:
        step()
    finally:
        sys.setprofile(before)
        if collecting:
            gc.enable()
    return calls


def _peak(step: Step) -> int:
    """NumPy tells `tracemalloc` of its arrays; what the step before left is not counted."""
    tracemalloc.start()
    try:
        step()
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        step()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
