"""The newest predictions, from the training thread to whoever watches, without a lock on the way."""

from __future__ import annotations

import time
from collections import deque

from gradloom.experiment.predictions import Glimpse

SHORTEST_S = 0.25
SHARE = 0.01
"""Predictions take no more than this share of the training's time; slow ones are made less often."""


class Showcase:
    """Holds one glimpse at most. One thread puts it in, another takes it; none is made that nobody takes."""

    def __init__(self) -> None:
        self._place: deque[Glimpse] = deque(maxlen=1)
        self._next = 0.0

    @property
    def is_due(self) -> bool:
        """Whether the next glimpse should be made now."""
        return not self._place and time.monotonic() >= self._next

    def put(self, glimpse: Glimpse, seconds: float) -> None:
        """Show this one, which took so long to make, instead of the one that was not taken."""
        self._next = time.monotonic() + max(SHORTEST_S, seconds / SHARE)
        self._place.append(glimpse)

    def take(self) -> Glimpse | None:
        """The newest glimpse, if it was not taken before."""
        try:
            return self._place.popleft()
        except IndexError:
            return None
