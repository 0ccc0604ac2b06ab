"""Rows as a table to read, and as lines for other programs."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.side_by_side.measure import OURS, THEIRS, Row
from benchmarks.side_by_side.worker import BY_HAND

_WIDTH = 42


def machine() -> str:
    """The processor and the versions that the figures belong to."""
    return f"{_processor()}, {', '.join(_versions())}"


def header() -> str:
    """Above `line`: the medians in microseconds, the spread of ours, and the best rounds over each other."""
    columns = ("ours", "torch", "floor", "spread", "best", "best torch", "/torch", "/floor")
    return f"{'':<{_WIDTH}}" + "".join(f"{each:>11}" for each in columns)


def line(row: Row) -> str:
    """One row of the table."""
    medians = [_number(row.median_us(each)) for each in (OURS, THEIRS, BY_HAND)]
    best = [_number(row.best_us(each)) for each in (OURS, THEIRS)]
    ratios = [_number(row.ratio(each), 2) for each in (THEIRS, BY_HAND)]
    columns = (*medians, f"{row.spread():.0%}", *best, *ratios)
    return f"{row.name:<{_WIDTH}}" + "".join(f"{each:>11}" for each in columns)


def summary(rows: Iterable[Row]) -> str:
    """The geometric mean of ours over PyTorch's."""
    ratios = [ratio for row in rows if (ratio := row.ratio(THEIRS))]
    if not ratios:
        return ""
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    slower = sum(each > 1 for each in ratios)
    return f"geometric mean of ours / torch: {mean:.2f}; slower in {slower} of {len(ratios)}"


def write_json(path: Path, rows: Iterable[Row]) -> None:
    """One object a line for each row, times in microseconds."""
    path.write_text("".join(json.dumps(_plain(row)) + "\n" for row in rows))


def _plain(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "ours_us": row.median_us(OURS),
        "torch_us": row.median_us(THEIRS),
        "floor_us": row.median_us(BY_HAND),
        "spread": row.spread(),
        "ours_best_us": row.best_us(OURS),
        "torch_best_us": row.best_us(THEIRS),
    }


def _number(value: float | None, digits: int = 0) -> str:
    if value is None:
        return "-"
    return f"{value:,.{max(digits, 1) if value < 10 else digits}f}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [each.split(":", 1)[1].strip() for each in lines if each.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


def _versions() -> list[str]:
    found = [f"Python {platform.python_version()}"]
    for package in ("numpy", "torch", "gradloom"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found
