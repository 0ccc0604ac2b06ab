"""Where the time of a training step goes: its four phases, and the functions that take longest.

python -m benchmarks phases                             # the phases of every training row
python -m benchmarks phases --only ResNet --functions 20  # and these many functions by their own time

A function's own time holds that of NumPy's and compiled code that it calls.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable
from statistics import median

from benchmarks.side_by_side.training import TRAININGS, Training

import gradloom

PHASES = ("forward", "loss", "backward", "optimizer")
WARM_UP, STEPS = 3, 20
LONGEST_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks phases", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", default="", metavar="NAME", help="only rows with this in their name")
    parser.add_argument(
        "--functions", type=int, default=0, metavar="N", help="also the functions, the first N"
    )
    options = parser.parse_args()
    names = [name for name in TRAININGS if options.only.lower() in name.lower()]
    print(f"{'microseconds':<42}" + "".join(f"{each:>11}" for each in (*PHASES, "together")))
    for name in names:
        spent = phases(TRAININGS[name])
        cells = [f"{seconds * 1e6:>11,.0f}" for seconds in (*spent, sum(spent))]
        print(f"{name:<42}" + "".join(cells), flush=True)
    for name in names if options.functions else ():
        print(f"\n{name}")
        print_functions(TRAININGS[name].step(gradloom), options.functions)


def phases(training: Training) -> list[float]:
    """The median seconds of each phase; setting gradients to None counts as the optimizer's."""
    gradloom.manual_seed(0)
    model = training.network(gradloom)
    inputs, target = training.data(gradloom)
    optimizer = training.optimizer(gradloom, model.parameters())
    rounds: list[tuple[float, ...]] = []
    until = time.perf_counter() + LONGEST_S
    while len(rounds) < WARM_UP + STEPS or time.perf_counter() < until:
        began = time.perf_counter()
        made = model(inputs)
        seen = time.perf_counter()
        loss = training.loss(gradloom, made, target)
        judged = time.perf_counter()
        loss.backward()
        learnt = time.perf_counter()
        optimizer.step()
        optimizer.zero_grad()
        ended = time.perf_counter()
        rounds.append((seen - began, judged - seen, learnt - judged, ended - learnt))
        del made, loss
    return [median(column) for column in zip(*rounds[WARM_UP:], strict=True)]


def print_functions(step: Callable[[], object], most: int) -> None:
    """The functions whose own time is longest, in microseconds a step under the profiler."""
    for _ in range(WARM_UP):
        step()
    profile = cProfile.Profile(builtins=False)
    profile.enable()
    for _ in range(STEPS):
        step()
    profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    longest = sorted(stats.items(), key=lambda entry: -entry[1][2])[:most]
    for (file, line, function), (_, calls, own, _, _) in longest:
        place = f"{'/'.join(file.split('/')[-3:])}:{line}"
        print(f"{own / STEPS * 1e6:>10,.0f} us{calls / STEPS:>8,.0f} x  {function} ({place})")


if __name__ == "__main__":
    main()
