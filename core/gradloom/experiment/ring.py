"""What each batch cost, from the training thread to whoever watches, without a lock on the way."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]


class Points(NamedTuple):
    """Batches in order, one array per column: int64, int64, float64, int64."""

    step: Column
    epoch: Column
    loss: Column
    samples: Column


class Ring:
    """The last `capacity` batches, in memory that is allocated once.

    One thread writes, another reads. A reader that falls behind by more than `capacity` batches misses the
    oldest of them; it never waits, and never sees half a row.

    Example:
        >>> ring = Ring(1024)
        >>> ring.write(1, 1, 2.3, 64)
        >>> points, cursor = ring.read_since(0)
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"A ring holds at least one batch, so its capacity cannot be {capacity}.")
        self.capacity = capacity
        self._columns = Points(
            *(np.zeros(capacity, dtype) for dtype in (np.int64, np.int64, np.float64, np.int64))
        )
        # Writing through memoryviews takes half the time of writing through the arrays.
        self._step, self._epoch, self._samples = (self._columns[at].data for at in (0, 1, 3))
        self._loss: Any = self._columns.loss.data
        self._written = 0

    @property
    def written(self) -> int:
        """How many batches were ever written; a cursor that reads only what is still to come."""
        return self._written

    def write(self, step: int, epoch: int, loss: float, samples: int) -> None:
        """Add one batch, over the oldest one. By one thread only."""
        at = self._written % self.capacity
        self._step[at] = step
        self._epoch[at] = epoch
        self._loss[at] = loss
        self._samples[at] = samples
        self._written += 1

    def read_since(self, cursor: int) -> tuple[Points, int]:
        """Copies of the batches after `cursor` (0 at first) that are still there, and the next cursor."""
        end = self._written
        first = max(cursor, end - self.capacity)
        rows = np.arange(first, end) % self.capacity
        copies = [column[rows] for column in self._columns]
        # Meanwhile the writer may have reached, or be writing, these rows: they are newer than what we read.
        overwritten = max(0, self._written + 1 - self.capacity - first)
        return Points(*(copy[overwritten:] for copy in copies)), end
