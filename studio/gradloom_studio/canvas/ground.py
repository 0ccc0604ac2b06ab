"""The ground of the canvas: a quiet grid of dots, and a word of welcome while it is empty."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from gradloom_studio import theme
from gradloom_studio.canvas import style
from gradloom_studio.canvas.geometry import GRID

_DOTS = GRID * 4
_DOT = 2.0
_CLOSEST = 18.0
"""Dots never come nearer than so many pixels; the grid doubles its step instead."""


def paint_ground(painter: QPainter, rect: QRectF, scale: float) -> None:
    """Paint the part of the ground that a rectangle of the scene shows."""
    painter.fillRect(rect, style.colour("canvas"))
    step = _DOTS * 2.0 ** max(0, math.ceil(math.log2(_CLOSEST / (_DOTS * scale))))
    to_pixels = painter.worldTransform()
    left, top = math.floor(rect.left() / step), math.floor(rect.top() / step)
    rows = range(top, math.ceil(rect.bottom() / step) + 1)
    columns = range(left, math.ceil(rect.right() / step) + 1)
    start = to_pixels.map(QPointF(left * step, top * step))
    row = _row_of_dots(len(columns), step * scale, painter.device().devicePixelRatio())
    painter.save()
    painter.resetTransform()
    for number in range(len(rows)):
        painter.drawPixmap(QPointF(start.x() - _DOT, start.y() + number * step * scale - _DOT), row)
    painter.restore()


def _row_of_dots(count: int, pitch: float, density: float) -> QPixmap:
    """One row, to be copied: drawing each dot of each row by itself takes longer than all nodes."""
    made = QPixmap(math.ceil((count * pitch + 2 * _DOT) * density), math.ceil(2 * _DOT * density))
    made.setDevicePixelRatio(density)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setPen(QPen(style.colour("canvas_grid"), _DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints([QPointF(number * pitch + _DOT, _DOT) for number in range(count)])
    painter.end()
    return made


def paint_invitation(painter: QPainter, room: QRect, title: str, words: str) -> None:
    """Say in the middle of the view what would make it less empty."""
    painter.save()
    painter.resetTransform()
    top, bottom = QRect(room), QRect(room)
    top.setBottom(room.center().y() - 4)
    bottom.setTop(room.center().y() + 4)
    painter.setPen(style.colour("text"))
    painter.setFont(theme.font("title", strong=True))
    painter.drawText(top, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, title)
    painter.setPen(style.colour("text_muted"))
    painter.setFont(theme.font("body"))
    painter.drawText(bottom, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)
    painter.restore()
