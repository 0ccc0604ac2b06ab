"""A wire on the canvas: a curve, and the shape that it carries written in its middle."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gradloom_studio.canvas import style
from gradloom_studio.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, PORT_RADIUS, wire_path
from gradloom_studio.canvas.look import WireLook

_REACH = 14.0
_LEVEL = 12.0
_HALO = 10.0
_BESIDE = 32.0
_PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
"""Where along the curve a label may stand, as shares of its length, the best place first."""


class WireItem(QGraphicsItem):
    """Paints one wire from an output to an input."""

    def __init__(self, look: WireLook) -> None:
        super().__init__()
        self.look = look
        self.selected = False
        self.hovered = False
        self.open_for_node = False
        self._start = self._end = QPointF()
        self._path = QPainterPath()
        self._reach = QPainterPath()
        self._labels: dict[int, QRectF] = {}
        self._avoided: tuple[QRectF, ...] = ()
        self._bounds = QRectF()

    def set_look(self, look: WireLook) -> None:
        if look != self.look:
            self.prepareGeometryChange()
            self.look = look
            if not self._path.isEmpty():
                self._place_label()
            self.update()

    def set_selected(self, selected: bool) -> None:
        if selected != self.selected:
            self.selected = selected
            self.update()

    def set_hovered(self, hovered: bool) -> None:
        if hovered != self.hovered:
            self.hovered = hovered
            self.update()

    def set_open_for_node(self, open_for_node: bool) -> None:
        """Light up, because a node dropped here would be put in."""
        if open_for_node != self.open_for_node:
            self.open_for_node = open_for_node
            self.update()

    @property
    def ends(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Where the curve starts and ends."""
        return self._start.toTuple(), self._end.toTuple()

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """Run between these two points of the scene."""
        if not self._path.isEmpty() and (self._start, self._end) == (start, end):
            return
        self._start, self._end = start, end
        self._run()

    def avoid(self, boxes: tuple[QRectF, ...]) -> None:
        """Keep the label, and a lane to the left, off these boxes of the scene, where there is room."""
        if boxes != self._avoided:
            self._avoided = boxes
            self._run()

    def surroundings(self) -> QRectF:
        """Where nodes could be in its way; empty for a wire that is too short to pass any."""
        room = QRectF(self._start, self._end).normalized()
        leftwards = self._end.x() < self._start.x()
        if not leftwards and room.width() <= NODE_WIDTH:
            return QRectF()
        aside, above = (_BESIDE, NODE_HEIGHT + _BESIDE) if leftwards else (0.0, _BESIDE)
        return room.adjusted(-aside, -above, aside, above)

    def _run(self) -> None:
        self.prepareGeometryChange()
        self._path = wire_path(self._start, self._end, self._avoided)
        stroker = QPainterPathStroker()
        stroker.setWidth(_REACH)
        self._reach = stroker.createStroke(self._path)
        self._place_label()
        self.update()

    @property
    def labels(self) -> tuple[QRectF, ...]:
        """Where the shape is written, from near and from afar."""
        return tuple(self._labels.values())

    def middle(self) -> QPointF:
        return self._path.pointAtPercent(0.5)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def passes(self, point: QPointF) -> bool:
        """Whether a press at this point would take the wire."""
        return self._reach.contains(point)

    def shape(self) -> QPainterPath:
        return self._reach

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.open_for_node or self.selected:
            painter.strokePath(self._path, QPen(style.colour("accent", 0.25), _HALO))
        painter.strokePath(self._path, style.pen(self._token(), 2.5 if self._stressed else 1.75))
        size = _label_size(painter.worldTransform().m11())
        if size in self._labels:
            self._paint_label(painter, self._labels[size], size)

    @property
    def _stressed(self) -> bool:
        return self.selected or self.hovered or self.open_for_node

    def _token(self) -> str:
        if self.look.problem:
            return self.look.tone
        if self.selected or self.open_for_node:
            return "accent"
        return "text_muted" if self.hovered else "border_strong"

    def _place_label(self) -> None:
        """On the curve, or above it where it runs straight and would vanish behind the text.

        From afar a label is larger, and left out where it would reach into the nodes.
        """
        room = abs(self._end.x() - self._start.x()) - 2 * PORT_RADIUS
        sizes = (style.SMALL, *(distance.small for distance in style.DISTANCES)) if self.look.shape else ()
        rects = {size: self._label_rect(size) for size in sizes}
        self._labels = {
            size: rect for size, rect in rects.items() if size == style.SMALL or rect.width() <= room
        }
        self._bounds = self._path.controlPointRect().adjusted(-8, -8, 8, 8)
        for rect in self._labels.values():
            self._bounds = self._bounds.united(rect)

    def _label_rect(self, size: int) -> QRectF:
        """The first place that is free, beginning in the middle; the middle where none is."""
        metrics = style.metrics(size)
        rect = QRectF(0, 0, metrics.horizontalAdvance(self.look.shape) + 6, metrics.height() + 2)
        points = (self._path.pointAtPercent(share) for share in _PLACES)
        places = (place for point in points for place in self._places_at(point, rect))
        first = next(places)
        for place in (first, *places) if self._avoided else ():
            if not any(place.intersects(box) for box in self._avoided):
                return place
        return first

    def _places_at(self, point: QPointF, rect: QRectF) -> Iterator[QRectF]:
        """On the curve; where it runs straight, above it or below."""
        placed = QRectF(rect)
        placed.moveCenter(point)
        if not self._is_level:
            yield placed
            return
        placed.moveBottom(point.y() - 2)
        yield QRectF(placed)
        placed.moveTop(point.y() + 2)
        yield placed

    @property
    def _is_level(self) -> bool:
        return abs(self._end.y() - self._start.y()) < _LEVEL

    def _paint_label(self, painter: QPainter, rect: QRectF, size: int) -> None:
        if self.look.problem or not self._is_level:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.colour(f"{self.look.tone}_surface" if self.look.problem else "canvas"))
            painter.drawRoundedRect(rect, 4, 4)
        painter.setFont(style.font(size))
        painter.setPen(style.colour(self._label_token()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self.look.shape)

    def _label_token(self) -> str:
        if self.look.problem:
            return self.look.tone
        return "text" if self._stressed else "text_muted"


def _label_size(zoom: float) -> int:
    """How large a label is written at a zoom; 0 where it could not be read."""
    if zoom >= style.NEAR:
        return style.SMALL
    distance = style.distance(zoom)
    return distance.small if distance else 0
