"""Samples as points: each class has its colour and its shape, wherever points are drawn."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPolygonF

from gradloom_studio.theme import tokens

CLASS_FAMILIES = (
    "layer",
    "activation",
    "loss",
    "merge",
    "normalization",
    "convolution",
    "regularization",
    "shape",
)
"""Classes take these families' colours, which stay apart for every eye; a point's shape says the same."""

SIDES = (0, 4, 3, 5)
"""The corners of a class's points; 0 is a circle."""

RADIUS = 2.5


def class_colour(label: int) -> QColor:
    """The colour of a class's points."""
    return QColor(tokens.current().family(CLASS_FAMILIES[label % len(CLASS_FAMILIES)]))


def draw_point(painter: QPainter, place: QPointF, label: int) -> None:
    """A point in the shape of its class, with the painter's brush and pen."""
    sides = SIDES[label % len(SIDES)]
    if not sides:
        painter.drawEllipse(place, RADIUS, RADIUS)
        return
    turn = 2 * math.pi / sides
    start = math.pi / 4 if sides == 4 else -math.pi / 2
    reach, corners = 1.3 * RADIUS, []
    for corner in range(sides):
        angle = start + corner * turn
        corners.append(QPointF(place.x() + reach * math.cos(angle), place.y() + reach * math.sin(angle)))
    painter.drawPolygon(QPolygonF(corners))
