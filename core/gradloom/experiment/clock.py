"""How long a training has worked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Seconds of work; pauses do not count, nor does what a compiler does first."""

    def __init__(self) -> None:
        self._worked = 0.0
        self._since: float | None = None
        self._interruptions = 0

    @property
    def seconds(self) -> float:
        return self._worked + (time.perf_counter() - self._since if self._since is not None else 0.0)

    def go_on(self) -> None:
        self._since = time.perf_counter()

    def interrupt(self) -> None:
        """Stand still until `go_back`; one interruption may lie within another."""
        if self._interruptions == 0:
            self._worked, self._since = self.seconds, None
        self._interruptions += 1

    def go_back(self) -> None:
        """Go on after an interruption, once it was the outermost."""
        self._interruptions -= 1
        if self._interruptions == 0:
            self.go_on()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.interrupt()
        try:
            yield
        finally:
            self.go_back()
