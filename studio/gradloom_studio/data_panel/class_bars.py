"""How many samples each class has, as bars."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradloom_studio import theme
from gradloom_studio.samples.points import class_colour
from gradloom_studio.theme import tokens
from gradloom_studio.words.graph import count_text

MOST = 40
"""So many classes are shown; a picture folder may have thousands."""


class ClassBars(QWidget):
    """A line for each class: its name, a bar, its count."""

    def __init__(self, classes: tuple[str, ...], counts: tuple[int, ...], *, by_class: bool = False) -> None:
        """`by_class` gives each bar the colour of its class in the scatter of samples."""
        super().__init__()
        self._by_class = by_class
        self._rows = list(zip(classes, counts, strict=True))[:MOST]
        self.setFont(theme.font("small"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Class counts"))
        self.setAccessibleDescription(", ".join(f"{name}: {count_text(count)}" for name, count in self._rows))

    def sizeHint(self) -> QSize:
        return QSize(160, len(self._rows) * self._pitch())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme_now, metrics, gap = tokens.current(), self.fontMetrics(), tokens.spacing(2)
        widest = max(metrics.horizontalAdvance(name) for name, _ in self._rows)
        names = min(widest + 2, self.width() // 2)
        figures = max(metrics.horizontalAdvance(count_text(count)) for _, count in self._rows)
        room = self.width() - names - figures - 2 * gap
        largest = max(1, *(count for _, count in self._rows))
        for index, (name, count) in enumerate(self._rows):
            top, height = index * self._pitch(), self._pitch()
            left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(QColor(theme_now.text_muted))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names)
            painter.drawText(QRectF(0, top, names, height), left | middle, shown)
            painter.setPen(QColor(theme_now.text))
            painter.drawText(QRectF(0, top, self.width(), height), right | middle, count_text(count))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme_now.surface_pressed))
            bar = QRectF(names + gap, top + height / 2 - 3, room, 6)
            painter.drawRoundedRect(bar, 3, 3)
            painter.setBrush(class_colour(index) if self._by_class else QColor(theme_now.family("data")))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(6, room * count / largest), 6), 3, 3)

    def _pitch(self) -> int:
        return self.fontMetrics().height() + tokens.spacing(1)
