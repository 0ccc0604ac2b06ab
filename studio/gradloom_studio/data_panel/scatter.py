"""Samples of two numbers as points in a plane: two features by class, or one feature against its target."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

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

HIGHEST = 240
_RADIUS = 2.5


def class_colour(label: int) -> QColor:
    """The colour of a class's points."""
    return QColor(tokens.current().family(CLASS_FAMILIES[label % len(CLASS_FAMILIES)]))


class Scatter(QWidget):
    """Points in a frame that they fill."""

    def __init__(self, points: np.ndarray, labels: np.ndarray | None, parent: QWidget | None = None) -> None:
        """`points` are (N, 2) numbers, `labels` (N,) classes or None."""
        super().__init__(parent)
        known = np.isfinite(points).all(axis=1)
        self._points = points[known].astype(float)
        self._labels = np.zeros(len(self._points), int) if labels is None else labels[known]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Samples as points"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(min(self.width() * 3 // 4, HIGHEST))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(tokens.current().border))
        painter.setBrush(QColor(tokens.current().canvas))
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, tokens.RADIUS, tokens.RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, label in zip(self._places(frame), self._labels.tolist(), strict=True):
            painter.setBrush(class_colour(label))
            _draw_point(painter, place, SIDES[label % len(SIDES)])

    def _places(self, frame: QRectF) -> list[QPointF]:
        if not len(self._points):
            return []
        inner = frame.adjusted(10, 10, -10, -10)
        low, high = self._points.min(axis=0), self._points.max(axis=0)
        share = (self._points - low) / np.where(high > low, high - low, 1.0)
        xs = inner.left() + share[:, 0] * inner.width()
        ys = inner.bottom() - share[:, 1] * inner.height()
        return [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]


def _draw_point(painter: QPainter, place: QPointF, sides: int) -> None:
    if not sides:
        painter.drawEllipse(place, _RADIUS, _RADIUS)
        return
    turn = 2 * math.pi / sides
    start = math.pi / 4 if sides == 4 else -math.pi / 2
    reach, corners = 1.3 * _RADIUS, []
    for corner in range(sides):
        angle = start + corner * turn
        corners.append(QPointF(place.x() + reach * math.cos(angle), place.y() + reach * math.sin(angle)))
    painter.drawPolygon(QPolygonF(corners))
