"""A document's graph as a small drawing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from gradloom.experiment import layout
from gradloom.experiment.document import Document
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio.canvas.geometry import NODE_HEIGHT
from gradloom_studio.theme import tokens

LARGEST = 0.4
"""A graph of few nodes is not blown up beyond this share of its size on the canvas."""
NODE_SHARE = 0.62
"""How much of its column a node takes; the rest is wire."""
COLUMN, ROW = 216.0, 112.0
"""The pitch of columns and rows on the canvas."""


def draw_graph(painter: QPainter, area: QRectF, document: Document, catalogue: Catalogue) -> None:
    """Draw the nodes in their families' colours and the wires between them.

    Columns move together where there are many of them; the height of a node stays what the eye needs.
    """
    boxes = _boxes({**layout.arrange(document), **document.layout}, document, area)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_wires(painter, document, boxes)
    painter.setPen(Qt.PenStyle.NoPen)
    for name, box in boxes.items():
        entry = catalogue.get(document.nodes[name].kind)
        painter.setBrush(QColor(tokens.current().family(entry.family if entry else "")))
        painter.drawRoundedRect(box, 3, 3)
    painter.restore()


def _boxes(places: dict[str, tuple[float, float]], document: Document, area: QRectF) -> dict[str, QRectF]:
    """Where each node is drawn."""
    points = {name: QPointF(*places[name]) for name in document.nodes if name in places}
    if not points:
        return {}
    left, right = min(p.x() for p in points.values()), max(p.x() for p in points.values())
    top, bottom = min(p.y() for p in points.values()), max(p.y() for p in points.values())
    across = min(LARGEST, area.width() / (right - left + COLUMN * NODE_SHARE))
    down = min(LARGEST, area.height() / (bottom - top + ROW))
    width, height = across * COLUMN * NODE_SHARE, LARGEST * NODE_HEIGHT
    middle = QPointF((left + right) / 2, (top + bottom) / 2)
    boxes = {}
    for name, point in points.items():
        offset = point - middle
        centre = area.center() + QPointF(offset.x() * across, offset.y() * down)
        boxes[name] = QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
    return boxes


def _draw_wires(painter: QPainter, document: Document, boxes: dict[str, QRectF]) -> None:
    painter.setPen(QPen(QColor(tokens.current().border_strong), 1.25))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for wire in document.wires:
        if wire.source in boxes and wire.target in boxes:
            source, target = boxes[wire.source], boxes[wire.target]
            start, end = (
                QPointF(source.right(), source.center().y()),
                QPointF(target.left(), target.center().y()),
            )
            bend = QPointF(max(4.0, (end.x() - start.x()) / 2), 0)
            path = QPainterPath(start)
            path.cubicTo(start + bend, end - bend, end)
            painter.drawPath(path)
