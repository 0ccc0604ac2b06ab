"""Rows as a table to read, and as lines for other programs."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.side_by_side.measure import OURS, RECORDED, THEIRS, THEIRS_COMPILED, Row
from benchmarks.side_by_side.worker import BY_HAND

from gradloom.kernels.counterpart import has_compiler

_WIDTH = 42


def machine() -> str:
    """The processor and the versions that the figures belong to."""
    return f"{processor()}, {', '.join(_versions())}"


def header(libraries: Sequence[str]) -> str:
    """Above `line`: the medians in microseconds, the spread of ours, and the best rounds over each other."""
    columns = ["ours", "torch", "floor", "spread", "best", "best torch", "/torch", "/floor"]
    if RECORDED in libraries:
        columns += ["recorded", "rec/torch", "rec/floor"]
    if THEIRS_COMPILED in libraries:
        columns += ["compiled", "/compiled"]
    return f"{'':<{_WIDTH}}" + "".join(f"{each:>11}" for each in columns)


def line(row: Row) -> str:
    """One row of the table."""
    medians = [_number(row.median_us(each)) for each in (OURS, THEIRS, BY_HAND)]
    best = [_number(row.best_us(each)) for each in (OURS, THEIRS)]
    ratios = [_number(row.ratio(each), 2) for each in (THEIRS, BY_HAND)]
    columns = [*medians, f"{row.spread():.0%}", *best, *ratios]
    if RECORDED in row.seconds:
        columns.append(_number(row.median_us(RECORDED)))
        columns += [_number(row.ratio(each, RECORDED), 2) for each in (THEIRS, BY_HAND)]
    if THEIRS_COMPILED in row.seconds:
        columns += [_number(row.median_us(THEIRS_COMPILED)), _number(row.ratio(THEIRS_COMPILED), 2)]
    return f"{row.name:<{_WIDTH}}" + "".join(f"{each:>11}" for each in columns)


def summary(rows: Sequence[Row]) -> str:
    """The geometric means of ours over PyTorch's."""
    said = [_mean(rows, THEIRS, OURS), _mean(rows, THEIRS, RECORDED), _mean(rows, THEIRS_COMPILED, OURS)]
    return "\n".join(each for each in said if each)


def _mean(rows: Sequence[Row], theirs: str, ours: str) -> str:
    ratios = [ratio for row in rows if (ratio := row.ratio(theirs, ours))]
    if not ratios:
        return ""
    slower = sum(each > 1 for each in ratios)
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    return f"geometric mean of {ours} / {theirs}: {mean:.2f}; slower in {slower} of {len(ratios)}"


def write_json(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """One object a line for each row, times in microseconds."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def plain(row: Row) -> dict[str, object]:
    """A row as `write_json` takes it; medians where nothing else is said."""
    told: dict[str, object] = {
        "name": row.name,
        "ours_us": row.median_us(OURS),
        "torch_us": row.median_us(THEIRS),
        "floor_us": row.median_us(BY_HAND),
        "spread": row.spread(),
        "ours_best_us": row.best_us(OURS),
        "torch_best_us": row.best_us(THEIRS),
    }
    if RECORDED in row.seconds:
        told |= {"recorded_us": row.median_us(RECORDED), "recorded_best_us": row.best_us(RECORDED)}
    if THEIRS_COMPILED in row.seconds:
        told["torch_compiled_us"] = row.median_us(THEIRS_COMPILED)
    return told


def _number(value: float | None, digits: int = 0) -> str:
    if value is None:
        return "-"
    return f"{value:,.{max(digits, 1) if value < 10 else digits}f}"


def processor() -> str:
    """The processor's name, and how many cores it has here."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [each.split(":", 1)[1].strip() for each in lines if each.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


def _versions() -> list[str]:
    found = [f"Python {platform.python_version()}"]
    for package in ("numpy", "numba", "torch", "gradloom"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return [*found, *([] if has_compiler() else ["kernels not compiled"])]
