"""Box: a rubber band selects what it touches."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt

from gradloom_studio.canvas.passing_items import BoxItem
from gradloom_studio.canvas.scene import GraphScene
from gradloom_studio.model.experiment import Selection


class BoxGesture:
    """Selects while it is drawn; with `adding`, to what was selected before."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, scene: GraphScene, start: QPointF, adding: bool) -> None:
        self._scene = scene
        self._start = start
        self._before: Selection = scene.model.selection
        self._kept: Selection = self._before if adding else frozenset()
        self._box = BoxItem()
        scene.addItem(self._box)

    def follow(self, point: QPointF, snapping: bool = True) -> None:
        rect = QRectF(self._start, point).normalized()
        self._box.setRect(rect)
        self._scene.model.set_selection(self._kept | self._scene.within(rect))

    def finish(self, point: QPointF) -> None:
        self.follow(point)
        self._scene.removeItem(self._box)

    def cancel(self) -> None:
        self._scene.removeItem(self._box)
        self._scene.model.set_selection(self._before)
