"""Where things are on the canvas: the grid, the node's box, its ports, and the curve of a wire."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainterPath

from gradloom.experiment.document import FARTHEST

GRID = 8
NODE_WIDTH = 152.0
NODE_HEIGHT = 64.0
PORT_PITCH = 20.0
PORT_RADIUS = 5.0
PORT_REACH = 14.0
"""How far from a port's centre a press still takes it."""

_STRAIGHTEST, _LOOSEST = 24.0, 160.0
_CORNER = 12.0
_BESIDE, _CLEAR = 16.0, 8.0
"""How far from a box a lane runs beside it, and how near another box may come to the lane."""


def snap(value: float) -> float:
    """The nearest line of the grid, no farther out than a file can say."""
    return float(round(min(max(value, -FARTHEST), FARTHEST) / GRID) * GRID)


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


def wire_path(start: QPointF, end: QPointF, boxes: Sequence[QRectF] = ()) -> QPainterPath:
    """A curve that leaves to the right and arrives from the left; backwards it takes a lane between boxes."""
    ahead = end.x() - start.x()
    if ahead < -NODE_WIDTH / 2:
        return _lane_path(start, end, boxes)
    aside = abs(end.y() - start.y())
    pull = ahead / 2 if ahead > 0 else -ahead / 2 + aside / 4
    pull = min(max(pull, _STRAIGHTEST), _LOOSEST)
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(pull, 0), end - QPointF(pull, 0), end)
    return path


def _lane_path(start: QPointF, end: QPointF, boxes: Sequence[QRectF]) -> QPainterPath:
    """Out to the right, along a lane to the left, and in again, with rounded corners."""
    right, left = start.x() + _STRAIGHTEST, end.x() - _STRAIGHTEST
    lane = _free_lane(_lane(start, end), left, right, boxes)
    corners = (
        QPointF(right, start.y()),
        QPointF(right, lane),
        QPointF(left, lane),
        QPointF(left, end.y()),
    )
    path, before = QPainterPath(start), start
    for corner, after in zip(corners, (*corners[1:], end), strict=True):
        path.lineTo(_towards(corner, before))
        path.quadTo(corner, _towards(corner, after))
        before = corner
    path.lineTo(end)
    return path


def _lane(start: QPointF, end: QPointF) -> float:
    """The height half way between the ends, or below both where they are too near to each other."""
    apart = abs(end.y() - start.y()) > NODE_HEIGHT + 2 * _CORNER
    return (start.y() + end.y()) / 2 if apart else max(start.y(), end.y()) + NODE_HEIGHT


def _free_lane(lane: float, left: float, right: float, boxes: Sequence[QRectF]) -> float:
    """The nearest height at which no box stands in the way; the one that was wanted where there is none."""
    beside = [box.top() - _BESIDE for box in boxes] + [box.bottom() + _BESIDE for box in boxes]
    for height in (lane, *sorted(beside, key=lambda height: abs(height - lane))):
        run = QRectF(left, height - _CLEAR, right - left, 2 * _CLEAR)
        if not any(run.intersects(box) for box in boxes):
            return height
    return lane


def _towards(corner: QPointF, other: QPointF) -> QPointF:
    """The point of the line from a corner to the next one at which its rounding ends."""
    line = QLineF(corner, other)
    line.setLength(min(_CORNER, line.length() / 2))
    return line.p2()
