"""The engine beside PyTorch, and the benchmarks of everything else.

python -m benchmarks                        # every table, ours beside PyTorch's
python -m benchmarks training operations    # these tables
python -m benchmarks --only conv2d          # the rows whose name has this in it
python -m benchmarks window                 # a benchmark of its own, in this folder, with options of its own
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.side_by_side import report
from benchmarks.side_by_side.busy import print_busy
from benchmarks.side_by_side.footprint import print_footprint
from benchmarks.side_by_side.measure import Bench, libraries
from benchmarks.side_by_side.tables import TABLES

BESIDE = [*TABLES, "busy", "footprint"]
"""Tables of ours beside PyTorch's."""

APART = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
"""Benchmarks that print a table of their own."""


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] in APART:
        name = sys.argv.pop(1)
        sys.exit(import_module(f"benchmarks.{name}").main())
    options = _options()
    tables = options.tables or BESIDE
    unknown = [name for name in tables if name not in BESIDE]
    if unknown:
        known = ", ".join([*BESIDE, *APART])
        sys.exit(f"There is no benchmark {unknown[0]}; there are {known}.")
    rows: list[dict[str, object]] = []
    print(f"{report.machine()}; {options.cores} cores for each")
    unit = "Microseconds of processor time" if options.processor else "Microseconds"
    print(f"{unit} a step. The ratios are of the best rounds.\n")
    found = libraries(options.compiled)
    with Bench(options.seconds, options.cores, options.processor, found) as bench:
        for table in [each for each in TABLES if each in tables]:
            rows += _print_table(table, bench, options.only)
        if "busy" in tables:
            rows += print_busy(bench, _names("training", options.only))
    if "footprint" in tables:
        print()
        rows += print_footprint(_names("training", options.only))
    if options.json:
        report.write_json(options.json, rows)


def _names(table: str, only: str) -> list[str]:
    return [each.name for each in TABLES[table]() if only.lower() in each.name.lower()]


def _print_table(table: str, bench: Bench, only: str) -> list[dict[str, object]]:
    names = _names(table, only)
    if not names:
        return []
    print(report.header(bench.libraries).replace(" " * len(table), table, 1))
    rows = []
    for name in names:
        rows.append(bench.row(name))
        print(report.line(rows[-1]), flush=True)
    print(report.summary(rows), "\n")
    return [report.plain(row) for row in rows]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help="what to measure; all of ours beside PyTorch"
    )
    parser.add_argument("--only", default="", metavar="NAME", help="only rows with this in their name")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write a JSON object a line for each row"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each library runs for a row")
    parser.add_argument(
        "--processor", action="store_true", help="count the processors' time, where others keep them busy"
    )
    parser.add_argument(
        "--compiled", action="store_true", help="also run whole steps that torch.compile has compiled"
    )
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="how many cores each may use")
    return parser.parse_args()


if __name__ == "__main__":
    main()
