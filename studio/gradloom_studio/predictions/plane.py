"""Samples in a plane: classes as regions, a curve through points, or what is predicted over what is true."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF

from gradloom.experiment.predictions import Agreement, ClassMap, FittedCurve
from gradloom_studio.predictions.view import Answer, AnswerView
from gradloom_studio.samples.points import RADIUS, class_colour, draw_point
from gradloom_studio.theme import tokens

_TINT = 0.22
_MARGIN = 8
_DOT = 2.0


class Plane(AnswerView[Answer]):
    """A frame, and points of a plane in it; y grows upwards."""

    def draw_frame(self, painter: QPainter) -> QRectF:
        """Paint the empty frame, keep the painter in it, and give its rectangle."""
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        outline = QPainterPath()
        outline.addRoundedRect(frame, tokens.RADIUS, tokens.RADIUS)
        painter.setPen(QColor(tokens.current().border))
        painter.setBrush(QColor(tokens.current().canvas))
        painter.drawPath(outline)
        painter.setClipPath(outline)
        return frame


class MapView(Plane[ClassMap]):
    """The plane in the colours of the classes that the network gives it, and the samples with their own."""

    def draw(self, painter: QPainter, answer: ClassMap) -> None:
        frame = self.draw_frame(painter)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, _coloured(answer.cells))
        known = np.isfinite(answer.points).all(axis=1)
        places = _places(answer.points[known], answer.low, answer.high, frame)
        ring = QPen(QColor(tokens.current().danger), 1.5)
        colours = [class_colour(label) for label in range(len(answer.classes))]
        labels, wrongs = answer.labels[known].tolist(), answer.wrong[known].tolist()
        for place, label, wrong in zip(places, labels, wrongs, strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours[label])
            draw_point(painter, place, label)
            if wrong:
                painter.setPen(ring)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(place, 2 * RADIUS, 2 * RADIUS)


class CurveView(Plane[FittedCurve]):
    """The samples as points, and the network as a line through them."""

    def draw(self, painter: QPainter, answer: FittedCurve) -> None:
        frame = self.draw_frame(painter).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        samples, line = np.stack([answer.x, answer.target], 1), np.stack([answer.line_x, answer.line], 1)
        samples, line = _known(samples), _known(line)
        low, high = _extent(samples)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.current().border_strong))
        for place in _places(samples, low, high, frame):
            painter.drawEllipse(place, _DOT, _DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.current().plot_curve), 2))
        painter.drawPolyline(QPolygonF(_places(line, low, high, frame)))


class AgreementView(Plane[Agreement]):
    """A point for each number: the nearer to the diagonal, the better it is predicted."""

    def draw(self, painter: QPainter, answer: Agreement) -> None:
        colours = tokens.current()
        frame = self.draw_frame(painter)
        inner = frame.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        points = _known(np.stack([answer.target, answer.predicted], 1))
        low, high = _extent(points[:, :1])
        painter.setPen(QPen(QColor(colours.border_strong), 1, Qt.PenStyle.DashLine))
        painter.drawLine(inner.bottomLeft(), inner.topRight())
        painter.setPen(Qt.PenStyle.NoPen)
        tint = QColor(colours.plot_curve)
        tint.setAlphaF(0.7)
        painter.setBrush(tint)
        for place in _places(points, low, high, inner):
            painter.drawEllipse(place, _DOT + 0.5, _DOT + 0.5)
        painter.setPen(QColor(colours.text_muted))
        corner = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        painter.drawText(inner, corner, self.tr("predicted"))
        corner = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight
        painter.drawText(inner, corner, self.tr("true"))


def _known(points: np.ndarray) -> np.ndarray:
    """The points both of whose numbers are numbers."""
    known: np.ndarray = points[np.isfinite(points).all(axis=1)]
    return known


def _extent(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest numbers; from 0 to 1 where there are no points."""
    if not len(points):
        return np.zeros(1), np.ones(1)
    return points.min(axis=0), points.max(axis=0)


def _places(points: np.ndarray, low: np.ndarray, high: np.ndarray, frame: QRectF) -> list[QPointF]:
    """Where points (n, 2) lie in a frame that shows the plane from `low` to `high`."""
    share = (points - low) / np.where(high > low, high - low, 1.0)
    # What lies far outside is not seen anyway, and would be too far away for a painter's numbers.
    share = share.clip(-9.0, 10.0)
    xs = frame.left() + share[:, 0] * frame.width()
    ys = frame.bottom() - share[:, 1] * frame.height()
    return [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]


def _coloured(cells: np.ndarray) -> QImage:
    """One pixel for each cell, in a quiet tone of its class's colour, the first line at the bottom."""
    ground = np.array(QColor(tokens.current().canvas).getRgb()[:3])
    inks = np.array([class_colour(label).getRgb()[:3] for label in range(int(cells.max()) + 1)])
    tones = (ground + _TINT * (inks - ground)).round().astype(np.uint8)
    pixels = np.ascontiguousarray(tones[cells[::-1]])
    height, width = cells.shape
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
