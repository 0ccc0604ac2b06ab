"""What each library takes besides time: memory at most while training, and the time that its import takes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress

from benchmarks.side_by_side.measure import LIBRARIES
from benchmarks.side_by_side.training import TRAININGS
from benchmarks.side_by_side.worker import BY_HAND, Worker

_STEPS = 10
_ROUNDS = 5
_MIB = 2**20


def print_footprint() -> None:
    """Peak memory of a process that trains each network, and the best of a few imports."""
    libraries = [each for each in LIBRARIES if each != BY_HAND]
    print(f"{'peak memory of a process, MiB':<42}" + "".join(f"{each:>11}" for each in libraries))
    for name in TRAININGS:
        print(f"{name:<42}" + "".join(f"{_peak(each, name) / _MIB:>11.0f}" for each in libraries), flush=True)
    print(f"\n{'import, ms':<42}" + "".join(f"{1e3 * _import_seconds(each):>11.0f}" for each in libraries))


def _peak(library: str, name: str) -> int:
    worker = Worker(library, cores=os.cpu_count() or 1)
    try:
        worker.prepare(name)
        worker.run(_STEPS)
        return worker.peak_bytes()
    finally:
        worker.close()


def _import_seconds(library: str) -> float:
    """Of the whole interpreter; the one that imports nothing is taken off."""
    return _best(f"import {library}") - _best("pass")


def _best(program: str) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        with suppress(subprocess.CalledProcessError):
            subprocess.run([sys.executable, "-c", program], check=True)
            best = min(best, time.perf_counter() - begun)
    return best
