"""What is written on a node: measured once, when its look changes, and only painted afterwards."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from gradloom_studio.canvas import style
from gradloom_studio.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, input_point
from gradloom_studio.canvas.look import NodeLook
from gradloom_studio.theme.families import family_icon, family_token
from gradloom_studio.words.graph import count_text

_ICON = QRectF(14, 23, 18, 18)
_LEFT, _RIGHT = 42.0, NODE_WIDTH - 10
_FROM_AFAR = QRectF(14, 4, NODE_WIDTH - 24, 30)
_ALIGNED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class NodeText:
    """A node's icon and lines, in the node's coordinates."""

    def __init__(self, look: NodeLook) -> None:
        width = _RIGHT - _LEFT
        small = style.metrics(style.SMALL)
        self._look = look
        self._name = style.elided(look.name, width, style.NAME, strong=True)
        self._detail = style.elided(look.detail, width * 0.6, style.SMALL)
        room = width - (small.horizontalAdvance(f"{self._detail} ") if self._detail else 0)
        self._kind = style.elided(look.kind, room, style.SMALL)
        self._kind_width = small.horizontalAdvance(f"{self._kind} ")
        self._count = f"{count_text(look.parameter_count)} params" if look.parameter_count else ""
        self._from_afar = {distance: self._written(distance) for distance in style.DISTANCES}
        self._stub = look.output if look.has_output and not look.feeds else ""
        self.stub_width = small.horizontalAdvance(self._stub) + 8 if self._stub else 0.0

    def paint(self, painter: QPainter) -> None:
        look = self._look
        style.draw_icon(painter, _ICON, family_icon(look.family), family_token(look.family))
        row = QRectF(_LEFT, 6.0 if self._count else 13.0, _RIGHT - _LEFT, 18)
        painter.setPen(style.colour("text"))
        painter.setFont(style.font(style.NAME, strong=True))
        painter.drawText(row, _ALIGNED, self._name)
        painter.setFont(style.font(style.SMALL))
        painter.drawText(row.adjusted(self._kind_width, 18, 0, 18), _ALIGNED, self._detail)
        painter.setPen(style.colour("text_muted"))
        painter.drawText(row.translated(0, 18), _ALIGNED, self._kind)
        painter.drawText(row.translated(0, 34), _ALIGNED, self._count)
        self._paint_ports(painter)

    def paint_from_afar(self, painter: QPainter, distance: style.Distance) -> None:
        """Only the name, and kind or detail, large enough to be read from there."""
        name, kind = self._from_afar[distance]
        painter.setPen(style.colour(self._look.tone if self._look.problem else "text"))
        painter.setFont(style.font(distance.name, strong=True))
        painter.drawText(_FROM_AFAR, _ALIGNED, name)
        painter.setPen(style.colour("text_muted"))
        painter.setFont(style.font(distance.small))
        painter.drawText(_FROM_AFAR.translated(0, 27), _ALIGNED, kind)

    def _paint_ports(self, painter: QPainter) -> None:
        """The names of all inputs but the first, and what an output that feeds nothing would give."""
        for index, port in enumerate(self._look.inputs[1:], start=1):
            row = QRectF(12, input_point(index).y() - 9, NODE_WIDTH - 24, 18)
            painter.drawText(row, _ALIGNED, port.name)
        if self._stub:
            row = QRectF(NODE_WIDTH + 10, NODE_HEIGHT / 2 - 9, self.stub_width, 18)
            painter.drawText(row, _ALIGNED, self._stub)

    def _written(self, distance: style.Distance) -> tuple[str, str]:
        """The name, and kind and detail or what of these fits, when seen from afar."""
        width, look = _FROM_AFAR.width(), self._look
        name = style.elided(look.name, width, distance.name, strong=True)
        whole = f"{look.kind} {look.detail}".rstrip()
        if style.metrics(distance.small).horizontalAdvance(whole) <= width:
            return name, whole
        return name, style.elided(look.detail or look.kind, width, distance.small)
