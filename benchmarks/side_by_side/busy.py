"""The training steps while another process keeps one core busy."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.side_by_side.measure import OURS, THEIRS, Bench, Row
from benchmarks.side_by_side.report import plain


def print_busy(bench: Bench, names: list[str]) -> list[dict[str, object]]:
    """Medians of each step with the core busy, and over those without; also as rows for other programs."""
    told = []
    columns = ("ours", "x quiet", "torch", "x quiet")
    print(f"{'one core busy, us':<42}" + "".join(f"{each:>11}" for each in columns))
    for name in names:
        quiet = bench.row(name)
        with _neighbour():
            busy = bench.row(name)
        slower = {each: _slower(quiet, busy, each) for each in (OURS, THEIRS)}
        cells = "".join(
            f"{busy.median_us(each):>11,.0f}{ratio:>11.1f}" for each, ratio in slower.items() if ratio
        )
        print(f"{name:<42}{cells}", flush=True)
        ratios = {"ours_over_quiet": slower[OURS], "torch_over_quiet": slower[THEIRS]}
        told.append({**plain(busy), "name": f"one core busy: {name}", **ratios})
    return told


def _slower(quiet: Row, busy: Row, library: str) -> float | None:
    before, now = quiet.median_us(library), busy.median_us(library)
    return now / before if before and now else None


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
