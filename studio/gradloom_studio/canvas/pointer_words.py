"""Words beside the pointer while something is dragged: what a drop would do, or why it would be wrong."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from gradloom_studio.canvas import style
from gradloom_studio.theme.tokens import RADIUS, spacing

_WIDEST = 280
_LINGER_MS = 4000


class PointerWords(QLabel):
    """A small label that follows the pointer and never takes the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("pointerWords")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setWordWrap(True)
        self.setMargin(spacing(2))
        self._wrong = False
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.timeout.connect(self.hide)
        self.hide()

    def say(self, text: str, at: QPoint, wrong: bool = False) -> None:
        """Show a sentence near a point of the parent; an empty one hides the label."""
        self._fading.stop()
        if not text:
            self.hide()
            return
        self._wrong = wrong
        self.setText(text)
        wanted = self.fontMetrics().horizontalAdvance(text) + spacing(5)
        self.setFixedWidth(min(wanted, _WIDEST))
        self.setFixedHeight(self.heightForWidth(self.width()))
        room = self._over.rect()
        x = min(at.x() + spacing(4), room.width() - self.width() - spacing(1))
        y = min(at.y() + spacing(4), room.height() - self.height() - spacing(1))
        self.move(max(x, 0), max(y, 0))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(style.pen("danger" if self._wrong else "border_strong"))
        painter.setBrush(style.colour("danger_surface" if self._wrong else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setPen(style.colour("danger" if self._wrong else "text"))
        inside = self.rect().adjusted(spacing(2), 0, -spacing(2), 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, self.text())

    def refuse(self, text: str, at: QPoint) -> None:
        """Say why something was not done, for a few seconds."""
        self.say(text, at, wrong=True)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._fading.start(_LINGER_MS)
