"""What all gestures share: they follow the pointer, and end in at most one edit or in none at all."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, Qt


class Gesture(Protocol):
    """Begun by a press. Nothing in the model changes before `finish`, and nothing ever after `cancel`."""

    cursor: Qt.CursorShape

    def follow(self, point: QPointF, snapping: bool = True) -> None:
        """The pointer is at this point of the scene."""

    def finish(self, point: QPointF) -> None:
        """The button was released here."""

    def cancel(self) -> None:
        """Leave everything as it was."""
