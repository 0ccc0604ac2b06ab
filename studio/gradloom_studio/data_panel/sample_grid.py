"""Samples that are pictures, each with its class below."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradloom_studio import theme
from gradloom_studio.samples.pictures import as_pixmap, draw_picture
from gradloom_studio.theme import tokens

SIDE = 48
GAP = tokens.spacing(2)


class SampleGrid(QWidget):
    """Pictures in as many columns as there is room for."""

    def __init__(self, pictures: np.ndarray, captions: list[str], parent: QWidget | None = None) -> None:
        """`pictures` are (count, H, W) gray or (count, H, W, 3) color, uint8."""
        super().__init__(parent)
        self._pixmaps = [as_pixmap(picture) for picture in pictures]
        self._captions = captions
        self.setFont(theme.font("small"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Samples"))
        self.setAccessibleDescription(", ".join(captions))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the rows that the width leads to."""
        super().resizeEvent(event)
        rows = -(-len(self._pixmaps) // self._columns(self.width()))
        self.setFixedHeight(rows * (self._cell() + GAP) - GAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(tokens.current().text_muted))
        columns = self._columns(self.width())
        pitch = (self.width() - SIDE) / max(1, columns - 1)
        for index, pixmap in enumerate(self._pixmaps):
            row, column = divmod(index, columns)
            place = QRect(round(column * pitch), row * (self._cell() + GAP), SIDE, SIDE)
            draw_picture(painter, place, pixmap)
            below = QRect(place.left(), place.bottom() + 2, SIDE, self.fontMetrics().height())
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._caption(index))

    def _caption(self, index: int) -> str:
        return self.fontMetrics().elidedText(self._captions[index], Qt.TextElideMode.ElideRight, SIDE + GAP)

    def _cell(self) -> int:
        return SIDE + 2 + self.fontMetrics().height()

    @staticmethod
    def _columns(width: int) -> int:
        return max(1, (width + GAP) // (SIDE + GAP))
