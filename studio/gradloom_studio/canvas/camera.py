"""How the canvas is looked at: zoom to the pointer, pan and frame; the scale is clamped and finite."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsView

SMALLEST, LARGEST = 0.1, 4.0
STEP = 1.2
_FRAME_MARGIN = 40.0
_KEPT_MARGIN = 24
_FRAME_LARGEST = 1.25
_WHEEL_NOTCH = 120.0


class Camera:
    """Moves a view's eye; knows nothing of nodes."""

    def __init__(self, view: QGraphicsView) -> None:
        self._view = view
        self.is_framing = False
        """Whether nothing has moved since `frame`, so that a new size of the view should frame again."""

    @property
    def scale(self) -> float:
        return float(self._view.transform().m11())

    def zoom_by(self, factor: float, anchor: QPoint | None = None) -> None:
        """Multiply the scale; what lies under `anchor` (of the viewport) stays there."""
        if not math.isfinite(factor) or factor <= 0:
            return
        self.zoom_to(self.scale * factor, anchor)

    def zoom_to(self, scale: float, anchor: QPoint | None = None) -> None:
        if not math.isfinite(scale):
            return
        scale = min(max(scale, SMALLEST), LARGEST)
        anchor = self._view.viewport().rect().center() if anchor is None else anchor
        self.is_framing = False
        before = self._view.mapToScene(anchor)
        self._view.resetTransform()
        self._view.scale(scale, scale)
        moved = self._view.mapFromScene(before) - anchor
        self.pan(-moved)

    def zoom_by_wheel(self, angle: int, anchor: QPoint) -> None:
        """One notch of the wheel is one step; a touchpad sends parts of a notch."""
        self.zoom_by(STEP ** (angle / _WHEEL_NOTCH), anchor)

    def pan(self, delta: QPoint) -> None:
        """Move the picture by so many pixels."""
        self.is_framing = False
        for bar, distance in (
            (self._view.horizontalScrollBar(), delta.x()),
            (self._view.verticalScrollBar(), delta.y()),
        ):
            bar.setValue(bar.value() - distance)

    def frame(self, rect: QRectF) -> None:
        """Show a part of the scene whole, with a margin, and not larger than comfortable."""
        if rect.isEmpty():
            self.zoom_to(1.0)
            self._view.centerOn(rect.center())
            self.is_framing = True
            return
        room = self._view.viewport().rect()
        wide = (room.width() - 2 * _FRAME_MARGIN) / rect.width()
        high = (room.height() - 2 * _FRAME_MARGIN) / rect.height()
        self.zoom_to(min(max(min(wide, high), SMALLEST), _FRAME_LARGEST))
        self._view.centerOn(rect.center())
        self.is_framing = True

    def visible(self) -> QRectF:
        """The part of the scene that is seen."""
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect()

    def reveal(self, rect: QRectF) -> None:
        """Pan as little as possible until a part of the scene is seen."""
        self._view.ensureVisible(rect, _KEPT_MARGIN, _KEPT_MARGIN)

    def keep(self, rect: QRectF) -> None:
        """See a part of the scene whole: pan as little as possible, zoom out only where it does not fit."""
        room = self._view.viewport().rect()
        wide = (room.width() - 2.0 * _KEPT_MARGIN) / max(1.0, rect.width())
        high = (room.height() - 2.0 * _KEPT_MARGIN) / max(1.0, rect.height())
        if min(wide, high) < self.scale:
            self.zoom_to(min(wide, high))
        self.reveal(rect)

    def centre(self) -> QPointF:
        return self._view.mapToScene(self._view.viewport().rect().center())
