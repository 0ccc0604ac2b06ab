"""Pan: the canvas is dragged like a sheet of paper."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from gradloom_studio.canvas.camera import Camera


class PanGesture:
    """Keeps the point that was pressed under the pointer; it changes no document."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, camera: Camera, start: QPointF) -> None:
        self._camera = camera
        self._start = start
        self.moved = False

    def follow(self, point: QPointF, snapping: bool = True) -> None:
        distance = (point - self._start) * self._camera.scale
        if not distance.toPoint().isNull():
            self.moved = True
            self._camera.pan(distance.toPoint())

    def finish(self, point: QPointF) -> None:
        self.follow(point)

    def cancel(self) -> None:
        """Stay where the sheet was dragged to."""
