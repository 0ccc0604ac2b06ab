"""What a gesture draws while it lasts: a pulled wire, a box of selection, the place of a new node."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QStyleOptionGraphicsItem,
    QWidget,
)

from gradloom_studio.canvas import style
from gradloom_studio.canvas.geometry import NODE_WIDTH, input_point, node_rect, output_point, wire_path
from gradloom_studio.canvas.port_painter import PortMood, paint_port
from gradloom_studio.theme.tokens import RADIUS

_ABOVE_ALL = 10
_HALO = 12


class PullItem(QGraphicsPathItem):
    """A wire whose one end follows the pointer."""

    def __init__(self, anchor: QPointF, forward: bool) -> None:
        super().__init__()
        self._anchor = anchor
        self._forward = forward
        self.setZValue(_ABOVE_ALL)
        self.point_to(anchor, "accent")

    def point_to(self, end: QPointF, token: str, settled: bool = False) -> None:
        """Run to this point, in a token's colour; dashed until it has found a port."""
        start, stop = (self._anchor, end) if self._forward else (end, self._anchor)
        self.setPath(wire_path(start, stop))
        made = QPen(style.pen(token, 2.5))
        if not settled:
            made.setDashPattern([3, 2.5])
        self.setPen(made)


class BoxItem(QGraphicsRectItem):
    """The rubber band of a box selection."""

    def __init__(self) -> None:
        super().__init__()
        edge = QPen(style.colour("accent"), 1)
        edge.setCosmetic(True)
        self.setPen(edge)
        self.setBrush(style.colour("accent", 0.12))
        self.setZValue(_ABOVE_ALL)


class GhostItem(QGraphicsItem):
    """Where a node would stand if it were dropped now."""

    def __init__(self, name: str, family: str) -> None:
        super().__init__()
        self._name = style.elided(name, NODE_WIDTH - 24, style.NAME, strong=True)
        self._family = family
        self._body = node_rect(1)
        self.on_wire = False
        self.setZValue(_ABOVE_ALL)

    def set_on_wire(self, on_wire: bool) -> None:
        """Say whether it would go into the wire that it covers."""
        if on_wire is not self.on_wire:
            self.on_wire = on_wire
            self.update()

    def boundingRect(self) -> QRectF:
        return self._body.adjusted(-_HALO, -2, _HALO, 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(self._body, RADIUS, RADIUS)
        painter.fillPath(outline, style.colour("surface", 0.85))
        dashes = QPen(style.family_colour(self._family), 1.5, Qt.PenStyle.DashLine)
        painter.setPen(style.pen("accent", 2.0) if self.on_wire else dashes)
        painter.drawPath(outline)
        if self.on_wire:
            for end in (input_point(0), output_point()):
                paint_port(painter, end, self._family, PortMood.FITS)
        painter.setPen(style.colour("text"))
        painter.setFont(style.font(style.NAME, strong=True))
        painter.drawText(self._body, Qt.AlignmentFlag.AlignCenter, self._name)
