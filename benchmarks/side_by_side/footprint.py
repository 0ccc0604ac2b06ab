"""What each library takes besides time: memory at most while training, and the time that its import takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from benchmarks.side_by_side.measure import LIBRARIES
from benchmarks.side_by_side.worker import BY_HAND, Worker

_LIBRARIES = [each for each in LIBRARIES if each != BY_HAND]
_STEPS = 10
_ROUNDS = 5
_MIB = 2**20


def print_footprint(names: list[str]) -> list[dict[str, object]]:
    """Peak memory of a process that trains each network, and the best of a few imports; also as rows."""
    told: list[dict[str, object]] = []
    print(f"{'peak memory of a process, MiB':<42}" + "".join(f"{each:>11}" for each in _LIBRARIES))
    for name in names:
        peaks = {each: _peak(each, name) / _MIB for each in _LIBRARIES}
        print(f"{name:<42}" + "".join(f"{peak:>11.0f}" for peak in peaks.values()), flush=True)
        told.append({"name": f"peak memory, MiB: {name}", **peaks})
    programs = {"the bare interpreter": "pass", **{each: f"import {each}" for each in ("numpy", *_LIBRARIES)}}
    seconds = _start_seconds(programs)
    bare = seconds.pop("the bare interpreter")
    print(f"\n{'start of an interpreter, ms':<42}{1e3 * bare:>11.0f}")
    for name, took in seconds.items():
        print(f"{'  and of `import ' + name + '` on top':<42}{1e3 * (took - bare):>11.0f}")
        told.append({"name": f"import, ms: {name}", "import_ms": 1e3 * (took - bare), "bare_ms": 1e3 * bare})
    return told


def _peak(library: str, name: str) -> int:
    worker = Worker(library, cores=os.cpu_count() or 1)
    try:
        worker.prepare(name)
        worker.run(_STEPS)
        return worker.peak_bytes()
    finally:
        worker.close()


def _start_seconds(programs: dict[str, str]) -> dict[str, float]:
    """The best time of each program from start to end, in turns, with compiled files kept as usual."""
    best = dict.fromkeys(programs, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        kept = os.environ | {"PYTHONPYCACHEPREFIX": folder}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(_ROUNDS):
            for name, program in programs.items():
                begun = time.perf_counter()
                subprocess.run([sys.executable, "-c", program], check=True, env=kept)
                best[name] = min(best[name], time.perf_counter() - begun)
    return best
