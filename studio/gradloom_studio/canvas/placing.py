"""Where a new node goes when nobody pointed: beside the node it belongs to, on free ground."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from gradloom.experiment.layout import COLUMN, ROW
from gradloom_studio.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from gradloom_studio.model.edits import Position


def right_of(place: Position, taken: Iterable[Position]) -> Position:
    """The next column, in the first row that is free."""
    return free((place[0] + COLUMN, place[1]), taken)


def below(nodes: Collection[str], layout: Mapping[str, Position]) -> Position:
    """How far down these nodes can be copied, as they stand to each other, without lying on any node."""
    down = ROW
    while any(_overlap(_down(layout[name], down), other) for name in nodes for other in layout.values()):
        down += ROW
    return 0.0, down


def free(place: Position, taken: Iterable[Position]) -> Position:
    """This place, or the first below it where no node stands."""
    standing = list(taken)
    x, y = place
    while any(_overlap((x, y), other) for other in standing):
        y += ROW
    return x, y


def _down(place: Position, way: float) -> Position:
    return place[0], place[1] + way


def _overlap(one: Position, other: Position) -> bool:
    return abs(one[0] - other[0]) < NODE_WIDTH and abs(one[1] - other[1]) < NODE_HEIGHT
