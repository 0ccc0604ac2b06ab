"""Where a new node goes when nobody pointed: beside the node it belongs to, on free ground."""

from __future__ import annotations

from collections.abc import Iterable

from gradloom.experiment.layout import COLUMN, ROW
from gradloom_studio.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from gradloom_studio.model.edits import Position


def right_of(place: Position, taken: Iterable[Position]) -> Position:
    """The next column, in the first row that is free."""
    return free((place[0] + COLUMN, place[1]), taken)


def left_of(place: Position, taken: Iterable[Position]) -> Position:
    """The column before, in the first row that is free."""
    return free((place[0] - COLUMN, place[1]), taken)


def free(place: Position, taken: Iterable[Position]) -> Position:
    """This place, or the first below it where no node stands."""
    standing = list(taken)
    x, y = place
    while any(abs(x - left) < NODE_WIDTH and abs(y - top) < NODE_HEIGHT for left, top in standing):
        y += ROW
    return x, y
