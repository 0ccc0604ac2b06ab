"""The engine beside PyTorch, and the benchmarks of everything else.

python -m benchmarks                        # every table, ours beside PyTorch's
python -m benchmarks training operations    # these tables
python -m benchmarks --only conv2d          # the rows whose name has this in it
python -m benchmarks start_up               # a benchmark of its own, in this folder
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
from benchmarks.side_by_side.measure import Bench, Row
from benchmarks.side_by_side.tables import TABLES

APART = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
"""Benchmarks that print a table of their own."""


def main() -> None:
    options = _options()
    unknown = [name for name in options.tables if name not in (*TABLES, "busy", "footprint", *APART)]
    if unknown:
        known = ", ".join([*TABLES, "busy", "footprint", *APART])
        sys.exit(f"There is no benchmark {unknown[0]}; there are {known}.")
    for name in options.tables:
        if name in APART:
            print(f"\n{name}\n")
            import_module(f"benchmarks.{name}").main()
    tables = options.tables or [*TABLES, "busy", "footprint"]
    if set(tables) - set(APART):
        _compare(tables, options)


def _compare(tables: list[str], options: argparse.Namespace) -> None:
    rows: list[Row] = []
    print(f"{report.machine()}; {options.cores} cores for each")
    unit = "Microseconds of processor time" if options.processor else "Microseconds"
    print(f"{unit} a step. The ratios are of the best rounds.\n")
    with Bench(options.seconds, options.cores, options.processor) as bench:
        for table in [each for each in TABLES if each in tables]:
            rows += _print_table(table, bench, options.only)
        if "busy" in tables and not options.only:
            print_busy(bench, [each.name for each in TABLES["training"]()])
    if "footprint" in tables and not options.only:
        print()
        print_footprint()
    if options.json:
        report.write_json(options.json, rows)


def _print_table(table: str, bench: Bench, only: str) -> list[Row]:
    names = [each.name for each in TABLES[table]() if only.lower() in each.name.lower()]
    if not names:
        return []
    print(report.header().replace(" " * len(table), table, 1))
    rows = []
    for name in names:
        rows.append(bench.row(name))
        print(report.line(rows[-1]), flush=True)
    print(report.summary(rows), "\n")
    return rows


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
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="how many cores each may use")
    return parser.parse_args()


if __name__ == "__main__":
    main()
