"""The minimap: the whole graph in a corner, and where in it the canvas looks."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QWidget

from gradloom_studio.canvas import style
from gradloom_studio.canvas.scene import GraphScene
from gradloom_studio.theme.tokens import RADIUS, spacing

_SIZE = QSize(168, 104)
_INSET = 8.0
_AROUND = 200.0


class Minimap(QWidget):
    """Draws a rectangle a node. A press or a drag asks the canvas to look there."""

    looked_at = Signal(QPointF)

    def __init__(self, scene: GraphScene, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("minimap")
        self.setAccessibleName(self.tr("Minimap"))
        self.setToolTip(self.tr("The whole graph; drag to look elsewhere"))
        self.setFixedSize(_SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._scene = scene
        self._seen = QRectF()
        scene.graph_changed.connect(self._on_scene_changed)

    def look(self, seen: QRectF) -> None:
        """Show what part of the scene the canvas shows."""
        self._seen = seen
        self._on_scene_changed()

    def settle(self) -> None:
        """Go to the parent's lower right corner."""
        room = self._over.rect()
        self.move(room.right() - self.width() - spacing(3), room.bottom() - self.height() - spacing(3))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(style.pen("border"))
        painter.setBrush(style.colour("surface", 0.92))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        painter.setTransform(self._transform())
        painter.setPen(Qt.PenStyle.NoPen)
        for item in self._scene.nodes.values():
            tint = (
                style.colour(item.look.tone) if item.look.problem else style.family_colour(item.look.family)
            )
            painter.fillRect(item.box(), tint)
        frame = QPen(style.colour("accent"), 1.5)
        frame.setCosmetic(True)
        painter.setPen(frame)
        painter.setBrush(style.colour("accent", 0.08))
        painter.drawRect(self._seen)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._look_at(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look_at(event)

    def _look_at(self, event: QMouseEvent) -> None:
        back, invertible = self._transform().inverted()
        if invertible:
            self.looked_at.emit(back.map(event.position()))

    def _transform(self) -> QTransform:
        """From the scene to the widget: the graph with some ground around it, centred."""
        graph = self._scene.graph_rect()
        world = graph.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND)
        room = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        scale = min(room.width() / world.width(), room.height() / world.height())
        made = QTransform.fromTranslate(room.center().x(), room.center().y())
        made.scale(scale, scale)
        return made.translate(-world.center().x(), -world.center().y())

    def _on_scene_changed(self) -> None:
        """Be there only while there is more than the canvas shows."""
        self.setVisible(bool(self._scene.nodes) and not self._seen.contains(self._scene.graph_rect()))
        self.update()
