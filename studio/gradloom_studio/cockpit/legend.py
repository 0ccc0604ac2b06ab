"""A legend entry: a short piece of the line, and what it stands for."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradloom_studio.theme import tokens

LINE_WIDTH = 20


class Swatch(QWidget):
    """Paints a solid or dashed piece of line in the curve's colour, with its name in muted text."""

    def __init__(self, text: str, *, dashed: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = text
        self.dashed = dashed
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            LINE_WIDTH + tokens.spacing(1) + metrics.horizontalAdvance(self.text) + 2,
            metrics.height() + tokens.spacing(1),
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style = Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(theme.plot_curve), 2, style))
        middle = self.height() / 2
        painter.drawLine(QPointF(1, middle), QPointF(LINE_WIDTH - 1, middle))
        painter.setPen(QColor(theme.text_muted))
        left = LINE_WIDTH + tokens.spacing(1)
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()
