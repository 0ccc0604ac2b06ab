"""The training steps while another process keeps one core busy."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.side_by_side.measure import OURS, THEIRS, Bench


def print_busy(bench: Bench, names: list[str]) -> None:
    """Medians of each step with the core busy, and over those without."""
    columns = ("ours", "x quiet", "torch", "x quiet")
    print(f"{'one core busy, us':<42}" + "".join(f"{each:>11}" for each in columns))
    for name in names:
        quiet = bench.row(name)
        with _neighbour():
            busy = bench.row(name)
        cells = ""
        for library in (OURS, THEIRS):
            before, now = quiet.median_us(library), busy.median_us(library)
            if before and now:
                cells += f"{now:>11,.0f}{now / before:>11.1f}"
        print(f"{name:<42}{cells}", flush=True)


@contextmanager
def _neighbour() -> Iterator[None]:
    process = multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _spin() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    while True:
        pass
