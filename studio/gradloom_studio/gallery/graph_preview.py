"""A document's graph as a small drawing."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gradloom.experiment import layout
from gradloom.experiment.document import Document
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio.canvas.geometry import input_point, node_rect, output_point, wire_path
from gradloom_studio.theme import tokens

LARGEST = 0.32
"""A graph of few nodes is not blown up beyond this share of its size on the canvas."""
AROUND = 32.0
"""Canvas pixels around the graph, for wires that go back to a next row."""


def draw_graph(painter: QPainter, area: QRectF, document: Document, catalogue: Catalogue) -> None:
    """Draw the nodes in their families' colours and the wires between them, as the canvas has them."""
    places = {**layout.arrange(document), **document.layout}
    corners = {name: QPointF(*places[name]) for name in document.nodes if name in places}
    if not corners:
        return
    box = node_rect(1)
    world = QRectF()
    for corner in corners.values():
        world = world.united(box.translated(corner))
    world.adjust(-AROUND, -AROUND, AROUND, AROUND)
    scale = min(LARGEST, area.width() / world.width(), area.height() / world.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(area.center())
    painter.scale(scale, scale)
    painter.translate(-world.center())
    _draw_wires(painter, document, corners)
    painter.setPen(Qt.PenStyle.NoPen)
    for name, corner in corners.items():
        entry = catalogue.get(document.nodes[name].kind)
        painter.setBrush(QColor(tokens.current().family(entry.family if entry else "")))
        painter.drawRoundedRect(box.translated(corner), 2 * tokens.RADIUS, 2 * tokens.RADIUS)
    painter.restore()


def _draw_wires(painter: QPainter, document: Document, corners: dict[str, QPointF]) -> None:
    pen = QPen(QColor(tokens.current().border_strong), 1.25)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for wire in document.wires:
        if wire.source in corners and wire.target in corners:
            start, end = corners[wire.source] + output_point(), corners[wire.target] + input_point(0)
            painter.drawPath(wire_path(start, end))
