"""`torch.utils.benchmark`: how long a statement takes."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

__all__ = ["Measurement", "Timer"]


@dataclass
class Measurement:
    """What was measured: the seconds of each run, of `number_per_run` calls."""

    number_per_run: int
    raw_times: list[float]
    stmt: str
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None

    @property
    def times(self) -> list[float]:
        """Seconds for one call, of each run."""
        return [each / self.number_per_run for each in self.raw_times]

    @property
    def mean(self) -> float:
        """Seconds for one call, on average."""
        return mean(self.times)

    @property
    def median(self) -> float:
        """Seconds for one call, the middle of all runs."""
        return median(self.times)

    def __repr__(self) -> str:
        name = f"{self.label}: {self.sub_label}" if self.sub_label else self.label or self.stmt
        amount, unit = _in_units(self.median)
        lines = [f"<{__name__}.Measurement object>", name, *([self.description] if self.description else [])]
        return "\n  ".join(
            [*lines, f"{amount:.2f} {unit}", f"{len(self.raw_times)} runs of {self.number_per_run}"]
        )


def _in_units(seconds: float) -> tuple[float, str]:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return seconds / size, unit
    return seconds / 1e-9, "ns"


class Timer:
    """Times a statement.

    Args:
        stmt: the statement, as text.
        setup: what is run once before.
        globals: the names that both can use.
        num_threads: accepted; how many threads compute follows from the sizes of what is computed.
    """

    def __init__(
        self,
        stmt: str = "pass",
        setup: str = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timeit.default_timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: str = "python",
    ) -> None:
        self._timer = timeit.Timer(stmt, setup, timer, dict(globals or {}))
        self._names = (stmt, label, sub_label, description)

    def _measured(self, number: int, times: Sequence[float]) -> Measurement:
        return Measurement(number, list(times), *self._names)

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """Seconds of so many calls, after a few that do not count."""
        self._timer.timeit(max(number // 100, 2))
        return self._measured(number, [self._timer.timeit(number)])

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Runs of equally many calls until they have taken `min_run_time` seconds."""
        number, _ = self._timer.autorange()
        times = [self._timer.timeit(number)]
        while sum(times) < min_run_time:
            times.append(self._timer.timeit(number))
        return self._measured(number, times)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0
    ) -> Measurement:
        """`blocked_autorange` of the shorter time."""
        return self.blocked_autorange(min_run_time=min_run_time)
