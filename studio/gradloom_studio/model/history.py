"""What a run has shown so far: every batch's loss and every epoch's figures, without Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gradloom.experiment.events import EpochEnded, RunEnded, RunStarted
from gradloom.experiment.predictions import Predictions

if TYPE_CHECKING:
    from gradloom.experiment.runs import Measurement

Part: TypeAlias = Literal["train", "validation"]

FIRST_CAPACITY = 1024


class Points:
    """A growing row of points; adding is amortized, reading is a view."""

    def __init__(self) -> None:
        self._size = 0
        self._columns = np.empty((2, FIRST_CAPACITY))

    def __len__(self) -> int:
        return self._size

    @property
    def x(self) -> np.ndarray:
        return self._columns[0, : self._size]

    @property
    def y(self) -> np.ndarray:
        return self._columns[1, : self._size]

    def extend(self, x: ArrayLike, y: ArrayLike) -> None:
        x, y = np.atleast_1d(x), np.atleast_1d(y)
        end = self._size + len(x)
        if end > self._columns.shape[1]:
            grown = np.empty((2, max(end, 2 * self._columns.shape[1])))
            grown[:, : self._size] = self._columns[:, : self._size]
            self._columns = grown
        self._columns[0, self._size : end] = x
        self._columns[1, self._size : end] = y
        self._size = end


@dataclass
class RunHistory:
    """One run as its views need it; a view may be thrown away and rebuilt from this alone."""

    started: RunStarted | None = None
    batches: Points = field(default_factory=Points)
    last_epoch: EpochEnded | None = None
    ended: RunEnded | None = None
    compiling: int = 0
    """Which kernel is being compiled, from 1; 0 once the network learns again."""
    predictions: Predictions | None = None
    _curves: dict[tuple[Part, str], Points] = field(default_factory=dict)

    @property
    def batches_per_epoch(self) -> int:
        return max(1, self.started.batches_per_epoch) if self.started else 1

    @property
    def step(self) -> int:
        """The number of the last batch, from 1; 0 before the first."""
        return int(self.batches.x[-1]) if len(self.batches) else 0

    @property
    def epoch(self) -> int:
        """The number of the last whole epoch, from 1; 0 before it."""
        return self.last_epoch.epoch if self.last_epoch else 0

    def add_epoch(self, event: EpochEnded) -> None:
        self.last_epoch = event
        parts: tuple[tuple[Part, Mapping[str, float]], ...]
        parts = (("train", event.train), ("validation", event.validation))
        for part, figures in parts:
            for name, value in figures.items():
                self._curves.setdefault((part, name), Points()).extend(event.epoch, value)

    def add_earlier(self, measured: Iterable[Measurement], until_step: int) -> None:
        """Take in what a run that goes on had measured before, up to its checkpoint."""
        figures: dict[tuple[int, int], dict[str, dict[str, float]]] = {}
        for each in measured:
            if each.step <= until_step:
                parts = figures.setdefault((each.epoch, each.step), {"train": {}, "validation": {}})
                parts[each.part][each.name] = each.value
        for (epoch, step), parts in figures.items():
            self.add_epoch(EpochEnded(epoch, step, parts["train"], parts["validation"], math.nan, 0.0, 0.0))

    def curve(self, part: Part, name: str) -> Points:
        """One metric's points: x is the epoch, y its value there."""
        return self._curves.get((part, name)) or Points()
