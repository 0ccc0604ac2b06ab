"""`python -m benchmarks` runs every benchmark in this folder, `python -m benchmarks NAME` one of them."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main() -> None:
    names = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    chosen = sys.argv[1:] or names
    if unknown := [name for name in chosen if name not in names]:
        sys.exit(f"There is no benchmark {unknown[0]}; there are {', '.join(names)}.")
    for name in chosen:
        print(f"\n{name}\n")
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
