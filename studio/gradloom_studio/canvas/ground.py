"""The ground of the canvas: a quiet grid of dots, and a word of welcome while it is empty."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gradloom_studio import theme
from gradloom_studio.canvas import style
from gradloom_studio.canvas.geometry import GRID

_DOTS = GRID * 4
_CLOSEST = 18.0
"""Dots never come nearer than so many pixels; the grid doubles its step instead."""


def paint_ground(painter: QPainter, rect: QRectF, scale: float) -> None:
    """Paint the part of the ground that a rectangle of the scene shows."""
    painter.fillRect(rect, style.colour("canvas"))
    step = _DOTS * 2.0 ** max(0, math.ceil(math.log2(_CLOSEST / (_DOTS * scale))))
    left, top = math.floor(rect.left() / step), math.floor(rect.top() / step)
    columns = range(left, math.ceil(rect.right() / step) + 1)
    rows = range(top, math.ceil(rect.bottom() / step) + 1)
    dot = QPen(style.colour("canvas_grid"), 2)
    dot.setCosmetic(True)
    dot.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(dot)
    painter.drawPoints([QPointF(column * step, row * step) for column in columns for row in rows])


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
