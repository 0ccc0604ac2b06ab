"""Fails when a step of a training has lost a quarter: in time beside PyTorch's, in calls, or in memory.

    python -m benchmarks guard              # compares with benchmarks/guard.toml; --only NAME, --effort
    python -m benchmarks guard --renew      # keeps what is measured now, after a change that is wanted

Time is processor time on one core over PyTorch's, the best of short turns of both, so that a slow moment of
the machine meets both and none decides. It is compared on the kind of processor that it was kept on. A row
that seems slower gets more time, in new processes, before it counts as slower. The calls that Python makes
in a step and the memory that it takes at most are the same on every machine.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from benchmarks.side_by_side.measure import LIBRARIES, OURS, THEIRS, Bench
from benchmarks.side_by_side.report import processor
from benchmarks.side_by_side.training import TRAININGS
from benchmarks.side_by_side.worker import Worker

from gradloom.kernels.counterpart import has_compiler

FILE = Path(__file__).with_name("guard.toml")
LOSS = 1.25
SECONDS = (0.4, 1.5, 4.0, 6.0)
"""Of each library for a row; the next only while the row seems slower."""

CALLS, MEMORY = "calls", "KiB at most"
SLACK = {MEMORY: 64}
"""How much more is never a loss: Python's own objects come and go."""

Figures: TypeAlias = Mapping[str, Mapping[str, float]]
"""What is kept: kind of figure, then row."""

_HEAD = f"""\
# What a step of each training takes; `python -m benchmarks guard` fails where it takes {LOSS} times as much.
# Written by `python -m benchmarks guard --renew`. Calls and memory are a step's own; time is over PyTorch's.
"""


def main() -> int:
    options = _options()
    names = [name for name in TRAININGS if options.only.lower() in name.lower()]
    kept = read(FILE)
    section = "compiled" if has_compiler() else "numpy"
    time = None if options.effort or THEIRS not in LIBRARIES else f"time on {_kind_of_processor()}"
    if time and not options.renew and time not in kept.get(section, {}):
        print(f"No {time} is kept, so calls and memory decide alone.")
        time = None
    told = kept.get(section, {})
    now = _measured(names, time, {} if options.renew else told.get(time or "", {}))
    _print_table(names, told, now)
    if options.renew:
        write(FILE, merged(kept, section, now, options.only == ""))
        return 0
    complaints = list(losses(told, now, names))
    print("\n" + "\n".join(complaints or [f"No step takes {LOSS} times what is kept."]))
    return 1 if complaints else 0


def losses(kept: Figures, now: Figures, names: list[str]) -> Iterator[str]:
    """A sentence for each figure of these rows that has grown too much or is not kept."""
    for kind, figures in now.items():
        for name in names:
            before = kept.get(kind, {}).get(name)
            if before is None:
                yield f"{name}: no {kind} is kept; `python -m benchmarks guard --renew --only '{name}'`."
            elif figures[name] > LOSS * before + SLACK.get(kind, 0):
                grown = figures[name] / before
                yield f"{name}: {kind} {figures[name]:g} is {grown:.2f} times the {before:g} that is kept."


def settled(read: Callable[[float], float], kept: float | None) -> float:
    """The best of readings that take longer and longer, until one is good enough or all were taken.

    Args:
        read: takes the seconds, and gives ours over theirs.
        kept: what is good enough to within LOSS; None if nothing is, and one reading of middle length counts.
    """
    if kept is None:
        return read(SECONDS[1])
    best = float("inf")
    for seconds in SECONDS:
        best = min(best, read(seconds))
        if best <= LOSS * kept:
            break
    return best


def merged(
    kept: Mapping[str, Figures], section: str, now: Figures, whole: bool
) -> dict[str, dict[str, dict[str, float]]]:
    """What is kept, with `now` in place of this section's figures of its kinds; of all rows if `whole`."""
    result = {name: {kind: dict(rows) for kind, rows in kinds.items()} for name, kinds in kept.items()}
    for kind, figures in now.items():
        before = {} if whole else result.get(section, {}).get(kind, {})
        result.setdefault(section, {})[kind] = {**before, **figures}
    return result


def read(path: Path) -> dict[str, Figures]:
    return tomllib.loads(path.read_text()) if path.exists() else {}


def write(path: Path, kept: Mapping[str, Figures]) -> None:
    lines = [_HEAD.rstrip()]
    for section, kinds in sorted(kept.items()):
        for kind, figures in sorted(kinds.items()):
            lines += ["", f'[{section}."{kind}"]']
            lines += [f'"{name}" = {value:g}' for name, value in figures.items()]
    path.write_text("\n".join(lines) + "\n")


def _measured(names: list[str], time: str | None, kept: Mapping[str, float]) -> dict[str, dict[str, float]]:
    now: dict[str, dict[str, float]] = {CALLS: {}, MEMORY: {}}
    # One core, so that no helper takes a part of the work, which nobody would count.
    worker = Worker(OURS, cores=1)
    for name in names:
        worker.prepare(name)
        effort = worker.effort()
        now[CALLS][name], now[MEMORY][name] = effort.calls, float(round(effort.peak_bytes / 1024))
    worker.close()
    if time:
        with _bench(SECONDS[0]) as bench:
            now[time] = {name: settled(partial(_ratio, bench, name), kept.get(name)) for name in names}
    return now


def _bench(seconds: float) -> Bench:
    return Bench(seconds, cores=1, processor=True, libraries=[OURS, THEIRS])


def _ratio(bench: Bench, name: str, seconds: float) -> float:
    if seconds != bench.seconds:
        # In processes of its own: where memory came to lie can make one slower for as long as it lives.
        with _bench(seconds) as another:
            return _ratio(another, name, seconds)
    ratio = bench.row(name).ratio(THEIRS)
    assert ratio is not None
    return round(ratio, 3)


def _kind_of_processor() -> str:
    """Its name without the number of cores, and the widest vectors that NumPy uses on it."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    widest = [*extensions["baseline"], *extensions["found"]][-1]
    return f"{processor().rpartition(' x ')[2]}, {widest}"


def _print_table(names: list[str], kept: Figures, now: Figures) -> None:
    print(f"{'':<42}" + "".join(f"{kind[:22]:>24}" for kind in now))
    for name in names:
        cells = [_cell(kept, kind, name, figures[name]) for kind, figures in now.items()]
        print(f"{name:<42}" + "".join(f"{cell:>24}" for cell in cells))


def _cell(kept: Figures, kind: str, name: str, value: float) -> str:
    before = kept.get(kind, {}).get(name)
    change = "new" if not before else f"{value / before - 1:+.0%}"
    return f"{value:,g} ({change})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks guard", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--renew", action="store_true", help="keep what is measured now")
    parser.add_argument("--only", default="", metavar="NAME", help="only rows with this in their name")
    parser.add_argument("--effort", action="store_true", help="calls and memory only, no time")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
