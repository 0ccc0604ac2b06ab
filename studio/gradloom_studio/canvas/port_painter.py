"""A port: a small circle that answers when a wire comes near."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gradloom_studio.canvas import style
from gradloom_studio.canvas.geometry import PORT_RADIUS


class PortMood(Enum):
    """What a port says to a wire that is being pulled."""

    CALM = "calm"
    HOVERED = "hovered"
    FITS = "fits"
    WRONG = "wrong"
    DIM = "dim"


_HALOS = {PortMood.HOVERED: "accent", PortMood.FITS: "accent", PortMood.WRONG: "danger"}


def paint_port(
    painter: QPainter, centre: QPointF, family: QColor, mood: PortMood, *, hollow: bool = False
) -> None:
    """Paint one port; an optional one is hollow."""
    painter.setPen(Qt.PenStyle.NoPen)
    if mood in _HALOS:
        painter.setBrush(style.colour(_HALOS[mood], 0.25))
        painter.drawEllipse(centre, PORT_RADIUS + 5, PORT_RADIUS + 5)
    painter.setBrush(style.colour("canvas"))
    painter.drawEllipse(centre, PORT_RADIUS + 1, PORT_RADIUS + 1)
    tint = style.colour(_HALOS[mood]) if mood in _HALOS else QColor(family)
    if mood is PortMood.DIM:
        tint.setAlphaF(0.3)
    painter.setPen(QPen(tint, 1.5))
    painter.setBrush(style.colour("canvas") if hollow and mood not in _HALOS else tint)
    painter.drawEllipse(centre, PORT_RADIUS - 1, PORT_RADIUS - 1)
