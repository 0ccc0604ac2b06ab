"""Samples that are pictures: each with the class that the network sees, or with its own drawing of them."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from gradloom.experiment.predictions import LabelledPictures, RedrawnPictures
from gradloom_studio import theme
from gradloom_studio.predictions.view import AnswerView
from gradloom_studio.samples.pictures import as_pixmap, draw_picture
from gradloom_studio.theme import tokens

SIDES = (72, 64, 56, 48, 40, 36, 32, 28, 24)
"""How large a picture may be drawn, in logical pixels; the largest with which all of them are seen."""
_GAP, _GAP_BELOW = tokens.spacing(2), tokens.spacing(1)
_NEAR = 2

Answer = TypeVar("Answer", LabelledPictures, RedrawnPictures)


class PictureGrid(AnswerView[Answer]):
    """Cells of equal size, each a picture with something below it, as many as there is room for."""

    def below(self, side: int) -> int:
        """The height of what is below a picture of this side."""
        raise NotImplementedError

    def cells(self) -> list[QRect]:
        """Where the first pictures are drawn; the others find no room."""
        count = 0 if self.answer is None else len(self.answer.pictures)
        side = next((side for side in SIDES if self._fitting(side) >= count), SIDES[-1])
        columns, rows = self._columns(side), self._rows(side)
        pitch = (self.width() - side - 2 * _NEAR) / max(1, columns - 1)
        high = side + self.below(side) + _GAP_BELOW
        places = (divmod(index, columns) for index in range(min(count, columns * rows)))
        return [
            QRect(_NEAR + round(column * pitch), _NEAR + row * high, side, side) for row, column in places
        ]

    def words_at(self, place: QPoint, answer: Answer) -> str:
        for index, cell in enumerate(self.cells()):
            if cell.adjusted(0, 0, 0, self.below(cell.height())).contains(place):
                return self.words_of(index, answer)
        return ""

    def words_of(self, index: int, answer: Answer) -> str:
        """What there is to say about one picture."""
        raise NotImplementedError

    def _fitting(self, side: int) -> int:
        return self._columns(side) * self._rows(side)

    def _columns(self, side: int) -> int:
        return max(1, (self.width() + _GAP - 2 * _NEAR) // (side + _GAP))

    def _rows(self, side: int) -> int:
        return max(1, (self.height() + _GAP_BELOW - 2 * _NEAR) // (side + self.below(side) + _GAP_BELOW))


class LabelledGrid(PictureGrid[LabelledPictures]):
    """Pictures with the predicted class below; those of another class are framed."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._pictures: np.ndarray | None = None
        self._pixmaps: list[QPixmap] = []

    def below(self, side: int) -> int:
        return self.fontMetrics().height() + _NEAR

    def draw(self, painter: QPainter, answer: LabelledPictures) -> None:
        if answer.pictures is not self._pictures:
            self._pictures = answer.pictures
            self._pixmaps = [as_pixmap(picture) for picture in answer.pictures]
        colours = tokens.current()
        pens = {False: QColor(colours.text_muted), True: QColor(colours.danger)}
        fonts = {False: self.font(), True: theme.font("small", strong=True)}
        for cell, pixmap, predicted, wrong in zip(
            self.cells(), self._pixmaps, answer.predicted.tolist(), answer.wrong.tolist(), strict=False
        ):
            draw_picture(painter, cell, pixmap)
            painter.setPen(pens[wrong])
            painter.setFont(fonts[wrong])
            row = QRect(cell.left() - _NEAR, cell.bottom() + 1, cell.width() + 2 * _NEAR, self.below(0))
            words = self.fontMetrics().elidedText(
                answer.classes[predicted], Qt.TextElideMode.ElideRight, row.width()
            )
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, words)
            if wrong:
                painter.setPen(QPen(pens[True], 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(QRectF(cell).adjusted(-1, -1, 1, 1))

    def words_of(self, index: int, answer: LabelledPictures) -> str:
        predicted, label = answer.predicted[index], answer.labels[index]
        if predicted == label:
            return self.tr("{0}, rightly").format(answer.classes[label])
        words = self.tr("Taken for {0}, but it is {1}")
        return words.format(answer.classes[predicted], answer.classes[label])


class RedrawnGrid(PictureGrid[RedrawnPictures]):
    """Pictures, each with the network's drawing of it below."""

    def below(self, side: int) -> int:
        return side + _NEAR

    def draw(self, painter: QPainter, answer: RedrawnPictures) -> None:
        for cell, picture, drawn in zip(self.cells(), answer.pictures, answer.drawn, strict=False):
            draw_picture(painter, cell, as_pixmap(picture))
            draw_picture(painter, cell.translated(0, self.below(cell.height())), as_pixmap(drawn))

    def words_of(self, index: int, answer: RedrawnPictures) -> str:
        return self.tr("Above the sample, below what the network makes of it")
