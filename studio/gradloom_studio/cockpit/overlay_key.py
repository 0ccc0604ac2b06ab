"""Which colour is which run: a piece of line for each one that is compared, named where the pointer rests."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gradloom_studio.cockpit.series import Overlay
from gradloom_studio.theme import tokens
from gradloom_studio.words.figures import metric

DASH = 8
STEP = DASH + tokens.spacing(1)


class OverlayKey(QWidget):
    """Paints the dashes; takes no room where nothing is compared."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._overlays: tuple[Overlay, ...] = ()
        self._metric_name = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.hide()

    def show_overlays(self, overlays: Sequence[Overlay], metric_name: str) -> None:
        """Explain these curves of one metric."""
        self._overlays, self._metric_name = tuple(overlays), metric_name
        self.setAccessibleName(", ".join(self.words(one) for one in overlays))
        self.setVisible(bool(overlays))
        self.updateGeometry()
        self.update()

    def words(self, one: Overlay) -> str:
        """A run's name and its last value."""
        last = metric(self._metric_name, float(one.y[-1])) if len(one.y) else ""
        return f"{one.name} {last}".rstrip()

    def sizeHint(self) -> QSize:
        return QSize(STEP * len(self._overlays), self.fontMetrics().height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = event.pos().x() // STEP
            if at < len(self._overlays):
                QToolTip.showText(event.globalPos(), self.words(self._overlays[at]), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        for at, one in enumerate(self._overlays):
            painter.setPen(QPen(QColor(tokens.current().family(one.colour)), 2, Qt.PenStyle.SolidLine))
            painter.drawLine(QPointF(at * STEP + 1, middle), QPointF(at * STEP + DASH, middle))
        painter.end()
