"""A legend entry: a short piece of the line, what it stands for, and its value now."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradloom_studio.theme import tokens

LINE_WIDTH = 20
WIDEST_VALUE = "0.0000"


class LegendEntry(QWidget):
    """Paints a piece of line, a name and a value, for whose changes it keeps the room."""

    def __init__(self, name: str, *, dashed: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.value = ""
        self.dashed = dashed
        self._shown_name = name
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def set_value(self, value: str) -> None:
        if value != self.value:
            self.value = value
            self.setAccessibleDescription(value)
            if self.sizeHint().width() > self.width():
                self.updateGeometry()
            self.update()

    def set_compact(self, compact: bool) -> None:
        """Leave the name to the tooltip where there is little room."""
        shown = "" if compact else self.name
        if shown != self._shown_name:
            self._shown_name = shown
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        value = max(metrics.horizontalAdvance(text) for text in (WIDEST_VALUE, self.value))
        return QSize(self._value_left() + value + 2, metrics.height() + tokens.spacing(1))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style = Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(theme.plot_curve), 2, style))
        middle = self.height() / 2
        painter.drawLine(QPointF(1, middle), QPointF(LINE_WIDTH - 1, middle))
        self._write(painter, self._name_left(), theme.text_muted, self._shown_name)
        self._write(painter, self._value_left(), theme.text, self.value)
        painter.end()

    def _write(self, painter: QPainter, left: int, colour: str, text: str) -> None:
        painter.setPen(QColor(colour))
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _value_left(self) -> int:
        if not self._shown_name:
            return self._name_left()
        return self._name_left() + self.fontMetrics().horizontalAdvance(self._shown_name) + tokens.spacing(1)

    @staticmethod
    def _name_left() -> int:
        return LINE_WIDTH + tokens.spacing(1)
