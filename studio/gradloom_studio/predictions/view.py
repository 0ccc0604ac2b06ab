"""What all forms of predictions have in common: they are painted while no batch is trained."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from gradloom.experiment.gate import Gate
from gradloom_studio import theme

Answer = TypeVar("Answer")


class AnswerView(QWidget, Generic[Answer]):
    """Paints one form of predictions, the newest; `cost_s` is what painting took the last time."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.answer: Answer | None = None
        self.cost_s = 0.0
        self._gate = gate
        self.setFont(theme.font("small"))

    def show_answer(self, answer: Answer) -> None:
        """Paint this one from now on."""
        self.answer = answer
        self.update()

    def draw(self, painter: QPainter, answer: Answer) -> None:
        """Paint an answer into the whole of the widget."""
        raise NotImplementedError

    def words_at(self, place: QPoint, answer: Answer) -> str:
        """What the tooltip says of what is there."""
        return ""

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.answer is None:
            return
        began = time.monotonic()
        with self._gate.closed():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.draw(painter, self.answer)
            painter.end()
        self.cost_s = time.monotonic() - began

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and self.answer is not None:
            QToolTip.showText(event.globalPos(), self.words_at(event.pos(), self.answer), self)
            return True
        return super().event(event)
