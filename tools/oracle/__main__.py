"""Gradloom beside PyTorch, as a table.

python tools/oracle ops [--only add,mul] [--most 8] [--shallow] [--failing]
python tools/oracle names [--only torch.nn] [--failing]
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="oracle", description="Gradloom beside PyTorch, as a table.")
    parser.add_argument("what", choices=["ops", "modules", "optimizers", "schedules", "names"])
    parser.add_argument(
        "--only", default="", help="names that contain one of these words, with commas between"
    )
    parser.add_argument("--most", type=int, default=8, help="samples of each dtype")
    parser.add_argument("--shallow", action="store_true", help="values and gradients of stock samples only")
    parser.add_argument("--failing", action="store_true", help="leave out what works")
    given = parser.parse_args()
    if given.what == "ops":
        from oracle.ops import verdicts

        return _table(verdicts(given.only, most=given.most, deep=not given.shallow), given.failing)
    if given.what in ("modules", "optimizers", "schedules"):
        found = import_module(f"oracle.{given.what}").verdicts(given.only)
        return _table(found, given.failing)
    return int(import_module("oracle.names").table(given.only, given.failing))


def _gathered(reasons: dict[str, str]) -> dict[str, list[str]]:
    """Each reason once, with the kinds of calls that it was seen in."""
    gathered: dict[str, tuple[str, list[str]]] = {}
    for kind, reason in reasons.items():
        gathered.setdefault(reason.partition(" | ")[0], (reason, []))[1].append(kind)
    return dict(gathered.values())


def _table(found: object, failing: bool) -> int:
    counts: dict[str, int] = {}
    for verdict in found:  # type: ignore[attr-defined]
        counts[verdict.state] = counts.get(verdict.state, 0) + 1
        if failing and verdict.state == "works":
            continue
        print(f"{verdict.state:8} {verdict.name:42} {verdict.checks:4}", flush=True)
        for reason, kinds in _gathered(verdict.reasons).items():
            print(f"           {', '.join(kinds)}: {reason}", flush=True)
    total = sum(counts.values())
    print(", ".join(f"{count} {state}" for state, count in sorted(counts.items())), f"of {total}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
