"""Walking the graph with the arrow keys: along wires where there are any, else to the nearest node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from gradloom.experiment.document import Document
from gradloom_studio.model.edits import Position

Direction: TypeAlias = Literal["left", "right", "up", "down"]

_STEPS: Mapping[Direction, Position] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def neighbour(document: Document, node: str, direction: Direction) -> str | None:
    """The node to go to; None where there is none that way."""
    if direction == "right":
        along = [wire.target for wire in document.wires if wire.source == node]
    elif direction == "left":
        along = [wire.source for wire in document.wires if wire.target == node]
    else:
        along = []
    candidates = [name for name in along if name in document.layout]
    if candidates:
        return min(candidates, key=lambda name: abs(document.layout[name][1] - document.layout[node][1]))
    return _nearest(document, node, _STEPS[direction])


def first(document: Document) -> str | None:
    """Where a walk begins: the node furthest to the left."""
    return min(document.nodes, key=lambda name: document.layout[name], default=None)


def _nearest(document: Document, node: str, step: Position) -> str | None:
    """The node that lies most in a direction: near, and not far aside."""
    x, y = document.layout[node]
    costs: dict[str, float] = {}
    for name in document.nodes:
        dx, dy = document.layout[name][0] - x, document.layout[name][1] - y
        ahead = dx * step[0] + dy * step[1]
        aside = abs(dx * step[1]) + abs(dy * step[0])
        if ahead > 0 and aside <= 2 * ahead:
            costs[name] = ahead + 2 * aside
    return min(costs, key=lambda name: costs[name], default=None)
