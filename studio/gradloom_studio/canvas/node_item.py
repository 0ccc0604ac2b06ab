"""A node on the canvas: one item that paints itself, from nothing but its look and its state."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gradloom_studio.canvas import style
from gradloom_studio.canvas.geometry import input_point, node_rect, output_point
from gradloom_studio.canvas.look import NodeLook
from gradloom_studio.canvas.node_text import NodeText
from gradloom_studio.canvas.port_painter import PortMood, paint_port
from gradloom_studio.canvas.trouble_label import TroubleLabel
from gradloom_studio.theme.tokens import RADIUS

_EDGE = 4.0
_MARGIN = 12.0


class NodeState(Enum):
    """How the hand holds a node."""

    IDLE = "idle"
    HOVERED = "hovered"
    DRAGGED = "dragged"


class NodeItem(QGraphicsItem):
    """Paints one node. Its position is the node's top left corner."""

    def __init__(self, look: NodeLook) -> None:
        super().__init__()
        self.look = look
        self.selected = False
        self.state = NodeState.IDLE
        self._moods: dict[int, PortMood] = {}
        self._output_mood = PortMood.CALM
        self._cramped = False
        self._lay_out()
        # Panning moves pictures; a node is painted anew only when it or the zoom changes.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    # What it shows

    @property
    def body(self) -> QRectF:
        """The node's box in its own coordinates."""
        return self._body

    def set_look(self, look: NodeLook) -> None:
        if look != self.look:
            self.look = look
            self.lay_out_anew()

    def lay_out_anew(self) -> None:
        """Lay everything out once more, as after a change of theme."""
        self.prepareGeometryChange()
        self._lay_out()
        self.update()

    def set_selected(self, selected: bool) -> None:
        if selected != self.selected:
            self.selected = selected
            self.update()

    def set_state(self, state: NodeState) -> None:
        if state is not self.state:
            self.state = state
            self._settle_height()
            self.update()

    def set_moods(self, inputs: dict[int, PortMood], output: PortMood = PortMood.CALM) -> None:
        """How each input, and the output, answers to a wire that is being pulled."""
        if inputs != self._moods or output is not self._output_mood:
            self._moods, self._output_mood = inputs, output
            self.update()

    def mood(self, index: int) -> PortMood:
        """What an input says at the moment."""
        return self._moods.get(index, PortMood.CALM)

    def set_cramped(self, cramped: bool) -> None:
        """Say the problem in one line, because another node stands below, until the pointer comes."""
        if cramped is not self._cramped:
            self._cramped = cramped
            self.update()

    # Where its parts are, in the scene

    def box(self) -> QRectF:
        return self._body.translated(self.pos())

    def input_at(self, index: int) -> QPointF:
        return self.pos() + input_point(index)

    def output_at(self) -> QPointF:
        return self.pos() + output_point()

    def fix_at(self, point: QPointF) -> int | None:
        """Which fix's button is at this point."""
        return self._words.fix_at(point - self.pos()) if self._words else None

    def holds(self, point: QPointF) -> bool:
        """Whether a point is on the node or on the words below it."""
        inside = point - self.pos()
        return self._body.contains(inside) or bool(self._words and self._words.reach.contains(inside))

    def room_for_words(self) -> QRectF:
        """Where the problem would be told at length; empty where there is none."""
        return self._trouble.rect.translated(self.pos()) if self._trouble else QRectF()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self._body)
        return path

    # Painting

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        zoom = painter.worldTransform().m11()
        distance = style.distance(zoom)
        self._paint_body(painter)
        if zoom >= style.NEAR:
            self._text.paint(painter)
            if self._words:
                self._words.paint(painter)
        elif distance:
            self._text.paint_from_afar(painter, distance)
        if distance:
            self._paint_ports(painter)

    def _lay_out(self) -> None:
        look = self.look
        self._body = node_rect(len(look.inputs))
        self._outline = QPainterPath()
        self._outline.addRoundedRect(self._body, RADIUS, RADIUS)
        edge = QPainterPath()
        edge.addRect(QRectF(0, 0, _EDGE, self._body.height()))
        self._edge = self._outline.intersected(edge)
        self._text = NodeText(look)
        self._trouble = self._brief = None
        if look.problem:
            self._trouble = TroubleLabel(look.problem, look.tone, self._body, look.fixes)
            self._brief = TroubleLabel(look.problem, look.tone, self._body, most_lines=1)
        self._bounds = self._body.adjusted(-_MARGIN, -_MARGIN, _MARGIN + self._text.stub_width, _MARGIN)
        if self._trouble:
            self._bounds = self._bounds.united(self._trouble.rect.adjusted(-1, -1, 1, 1))
        self._settle_height()

    @property
    def _words(self) -> TroubleLabel | None:
        attended = self.selected or self.state is not NodeState.IDLE
        return self._brief if self._cramped and not attended else self._trouble

    def _settle_height(self) -> None:
        """What the pointer holds lies over everything, and words of trouble over the node below them."""
        self.setZValue(3 if self.state is not NodeState.IDLE else 2 if self._trouble else 1)

    def _paint_body(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.state is NodeState.DRAGGED:
            painter.fillPath(self._outline.translated(0, 4), style.shadow(0.25))
        painter.setBrush(style.colour("selection" if self.selected else "surface"))
        painter.setPen(style.pen(*self._border()))
        painter.drawPath(self._outline)
        painter.fillPath(self._edge, style.family_colour(self.look.family))

    def _border(self) -> tuple[str, float, Qt.PenStyle]:
        line = Qt.PenStyle.SolidLine if self.look.known else Qt.PenStyle.DashLine
        if self.selected:
            return "accent", 2.0, line
        if self.look.problem:
            return self.look.tone, 1.5, line
        if self.state is not NodeState.IDLE or not self.look.known:
            return "border_strong", 1.0, line
        return "border", 1.0, line

    def _paint_ports(self, painter: QPainter) -> None:
        family = self.look.family
        for index, port in enumerate(self.look.inputs):
            paint_port(painter, input_point(index), family, self.mood(index), hollow=port.optional)
        if self.look.has_output:
            paint_port(painter, output_point(), family, self._output_mood)
