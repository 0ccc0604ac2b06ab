"""Right of way for whoever watches a training."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_WAIT_S = 0.05


class Gate:
    """While it is closed the trainer starts no batch; but it never waits for long.

    A thread that computes and one that draws, both in small steps, hold each other up far more than their
    work is worth, since the interpreter hands over a whole interval late each time. So they take turns.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Keep the trainer before its next batch meanwhile. By one thread, which does not wait for it."""
        mine = self._lock.acquire(blocking=False)
        try:
            yield
        finally:
            if mine:
                self._lock.release()

    def pass_through(self) -> None:
        """Wait while the gate is closed, at most LONGEST_WAIT_S seconds."""
        if self._lock.locked() and self._lock.acquire(timeout=LONGEST_WAIT_S):
            self._lock.release()
