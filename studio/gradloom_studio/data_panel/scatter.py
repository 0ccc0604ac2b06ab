"""Samples of two numbers as points in a plane: two features by class, or one feature against its target."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradloom_studio.samples.points import class_colour, draw_point
from gradloom_studio.theme import tokens

HIGHEST = 240


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
            draw_point(painter, place, label)

    def _places(self, frame: QRectF) -> list[QPointF]:
        if not len(self._points):
            return []
        inner = frame.adjusted(10, 10, -10, -10)
        low, high = self._points.min(axis=0), self._points.max(axis=0)
        share = (self._points - low) / np.where(high > low, high - low, 1.0)
        xs = inner.left() + share[:, 0] * inner.width()
        ys = inner.bottom() - share[:, 1] * inner.height()
        return [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
