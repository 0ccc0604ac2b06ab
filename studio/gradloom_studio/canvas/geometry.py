"""Where things are on the canvas: the grid, the node's box, its ports, and the curve of a wire."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

GRID = 8
NODE_WIDTH = 152.0
NODE_HEIGHT = 64.0
PORT_PITCH = 24.0
PORT_RADIUS = 5.0
PORT_REACH = 14.0
"""How far from a port's centre a press still takes it."""

_STRAIGHTEST, _LOOSEST = 24.0, 160.0


def snap(value: float) -> float:
    """The nearest line of the grid."""
    return float(round(value / GRID) * GRID)


def snapped(point: QPointF) -> tuple[float, float]:
    return snap(point.x()), snap(point.y())


def node_rect(inputs: int) -> QRectF:
    """A node's box in its own coordinates; it grows downwards when it has more than two inputs."""
    return QRectF(0, 0, NODE_WIDTH, NODE_HEIGHT + PORT_PITCH * max(0, inputs - 2))


def input_point(index: int) -> QPointF:
    """The centre of an input port. The first is at the output's height, so a chain runs straight."""
    return QPointF(0, NODE_HEIGHT / 2 + PORT_PITCH * index)


def output_point() -> QPointF:
    return QPointF(NODE_WIDTH, NODE_HEIGHT / 2)


def centred(point: QPointF) -> tuple[float, float]:
    """The grid position of a node whose middle is at the point."""
    return snap(point.x() - NODE_WIDTH / 2), snap(point.y() - NODE_HEIGHT / 2)


def wire_path(start: QPointF, end: QPointF) -> QPainterPath:
    """A curve that leaves to the right and arrives from the left, looser the farther it must turn."""
    ahead, aside = end.x() - start.x(), abs(end.y() - start.y())
    pull = ahead / 2 if ahead > 0 else -ahead / 2 + aside / 4
    pull = min(max(pull, _STRAIGHTEST), _LOOSEST)
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(pull, 0), end - QPointF(pull, 0), end)
    return path
