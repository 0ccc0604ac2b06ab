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
    painter: QPainter, centre: QPointF, family: str, mood: PortMood, *, hollow: bool = False
) -> None:
    """Paint one port of a node of this family; an optional one is hollow."""
    ground = style.colour("canvas")
    painter.setPen(Qt.PenStyle.NoPen)
    if mood in _HALOS:
        painter.setBrush(style.colour(_HALOS[mood], 0.25))
        painter.drawEllipse(centre, PORT_RADIUS + 5, PORT_RADIUS + 5)
    painter.setBrush(ground)
    painter.drawEllipse(centre, PORT_RADIUS + 1, PORT_RADIUS + 1)
    tint = _tint(family, mood)
    painter.setPen(QPen(tint, 1.5))
    painter.setBrush(ground if hollow and mood not in _HALOS else tint)
    painter.drawEllipse(centre, PORT_RADIUS - 1, PORT_RADIUS - 1)


def _tint(family: str, mood: PortMood) -> QColor:
    if mood in _HALOS:
        return style.colour(_HALOS[mood])
    return style.family_colour(family, 0.3 if mood is PortMood.DIM else 1.0)
