"""A document's graph as a small drawing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from gradloom.experiment import layout
from gradloom.experiment.document import Document
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from gradloom_studio.theme import tokens

LARGEST = 0.4
"""A graph of few nodes is not blown up beyond this share of its size on the canvas."""


def draw_graph(painter: QPainter, area: QRectF, document: Document, catalogue: Catalogue) -> None:
    """Draw the nodes in their families' colours and the wires between them, as large as the area allows."""
    places = {**layout.arrange(document), **document.layout}
    boxes = {
        name: QRectF(*places[name], NODE_WIDTH, NODE_HEIGHT) for name in document.nodes if name in places
    }
    if not boxes:
        return
    whole = QRectF()
    for box in boxes.values():
        whole = whole.united(box)
    scale = min(area.width() / whole.width(), area.height() / whole.height(), LARGEST)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(area.center())
    painter.scale(scale, scale)
    painter.translate(-whole.center())
    _draw_wires(painter, document, boxes, scale)
    painter.setPen(Qt.PenStyle.NoPen)
    for name, box in boxes.items():
        entry = catalogue.get(document.nodes[name].kind)
        painter.setBrush(QColor(tokens.current().family(entry.family if entry else "")))
        inner = box.adjusted(12, 6, -12, -6)
        painter.drawRoundedRect(inner, 14, 14)
    painter.restore()


def _draw_wires(painter: QPainter, document: Document, boxes: dict[str, QRectF], scale: float) -> None:
    painter.setPen(QPen(QColor(tokens.current().border_strong), 1.25 / scale))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for wire in document.wires:
        if wire.source in boxes and wire.target in boxes:
            start, end = _right(boxes[wire.source]), _left(boxes[wire.target])
            bend = QPointF(max(24.0, (end.x() - start.x()) / 2), 0)
            path = QPainterPath(start)
            path.cubicTo(start + bend, end - bend, end)
            painter.drawPath(path)


def _right(box: QRectF) -> QPointF:
    return QPointF(box.right() - 12, box.center().y())


def _left(box: QRectF) -> QPointF:
    return QPointF(box.left() + 12, box.center().y())
