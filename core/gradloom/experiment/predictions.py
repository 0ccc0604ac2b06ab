"""What a network says of a few validation samples, in the form that suits the data; nothing but arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gradloom.data.sources.samples import Array


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures (n, H, W) gray or (n, H, W, 3) color, uint8, with true and predicted labels, (n,) each."""

    pictures: Array
    labels: Array
    predicted: Array
    classes: tuple[str, ...]

    @property
    def wrong(self) -> Array:
        """Which predictions are wrong, (n,) bool."""
        wrong: Array = self.labels != self.predicted
        return wrong


@dataclass(frozen=True, eq=False)
class RedrawnPictures:
    """Pictures (n, H, W[, 3]), uint8, and the network's own drawings of them, on one scale."""

    pictures: Array
    drawn: Array


@dataclass(frozen=True, eq=False)
class ClassMap:
    """Points of a plane (n, 2) with their labels (n,), and the class of each cell of the plane.

    `cells[row, column]` are labels, from `low` (2,) at row 0, column 0 to `high` (2,) at the last ones.
    """

    points: Array
    labels: Array
    predicted: Array
    classes: tuple[str, ...]
    cells: Array
    low: Array
    high: Array

    @property
    def wrong(self) -> Array:
        """Which points are predicted wrongly, (n,) bool."""
        wrong: Array = self.labels != self.predicted
        return wrong


@dataclass(frozen=True, eq=False)
class FittedCurve:
    """Samples of one number, `x` and `target` (n,), and the network's curve through (line_x, line), (m,)."""

    x: Array
    target: Array
    line_x: Array
    line: Array


@dataclass(frozen=True, eq=False)
class Confusion:
    """How many samples of class `row` were taken for class `column`, (classes, classes) int64."""

    counts: Array
    classes: tuple[str, ...]

    @property
    def right(self) -> int:
        return int(np.trace(self.counts))


@dataclass(frozen=True, eq=False)
class Agreement:
    """Numbers that were to be predicted and those that were, (n,) each."""

    target: Array
    predicted: Array


@dataclass(frozen=True)
class Unshown:
    """There is nothing to show; the sentence says why."""

    reason: str


Predictions: TypeAlias = (
    LabelledPictures | RedrawnPictures | ClassMap | FittedCurve | Confusion | Agreement | Unshown
)


@dataclass(frozen=True, eq=False)
class Glimpse:
    """What the network said after `step` batches."""

    step: int
    predictions: Predictions
