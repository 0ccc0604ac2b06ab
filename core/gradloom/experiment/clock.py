"""How long a training has worked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Seconds of work; pauses do not count."""

    def __init__(self) -> None:
        self._worked = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        return self._worked + (time.perf_counter() - self._since if self._since is not None else 0.0)

    def go_on(self) -> None:
        self._since = time.perf_counter()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self._worked, self._since = self.seconds, None
        try:
            yield
        finally:
            self.go_on()
