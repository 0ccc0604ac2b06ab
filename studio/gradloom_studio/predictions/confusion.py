"""Which class is taken for which, as a table of counts."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from gradloom.experiment.predictions import Confusion
from gradloom_studio.predictions.view import AnswerView
from gradloom_studio.theme import tokens
from gradloom_studio.words.graph import count_text

_GAP = 2
_MOST_OF_WIDTH = 0.36
_FAINTEST, _STRONGEST = 0.12, 0.45


class ConfusionView(AnswerView[Confusion]):
    """A row for each true class, a column for each predicted one; what is off the diagonal is wrong."""

    def draw(self, painter: QPainter, answer: Confusion) -> None:
        places = self._places(answer)
        self._draw_names(painter, answer, places)
        colours = tokens.current()
        for row, counts in enumerate(answer.counts.tolist()):
            largest = max(1, *counts)
            for column, count in enumerate(counts):
                cell = places[row][column]
                tint = QColor(colours.success if row == column else colours.danger)
                tint.setAlphaF(_FAINTEST + (_STRONGEST - _FAINTEST) * count / largest)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tint if count else QColor(colours.surface_raised))
                painter.drawRoundedRect(cell, 4, 4)
                if cell.height() >= self.fontMetrics().height():
                    painter.setPen(QColor(colours.text if count else colours.text_disabled))
                    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, count_text(count))

    def words_at(self, place: QPoint, answer: Confusion) -> str:
        for row, cells in enumerate(self._places(answer)):
            for column, cell in enumerate(cells):
                if cell.contains(place):
                    words = self.tr("{0} of class {1} are taken for {2}")
                    count = count_text(int(answer.counts[row, column]))
                    return words.format(count, answer.classes[row], answer.classes[column])
        return ""

    def _draw_names(self, painter: QPainter, answer: Confusion, places: list[list[QRectF]]) -> None:
        metrics, high = self.fontMetrics(), float(self.fontMetrics().height())
        right, bottom = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignBottom
        painter.setPen(QColor(tokens.current().text_muted))
        first = places[0][0]
        corner = QRectF(0, first.top() - high - _GAP, first.left() - 6, high)
        words = metrics.elidedText(self.tr("is \\ said"), Qt.TextElideMode.ElideRight, int(corner.width()))
        painter.drawText(corner, right | bottom, words)
        for name, cell, head in zip(answer.classes, (row[0] for row in places), places[0], strict=True):
            if cell.height() >= high - _GAP:
                beside = QRectF(0, cell.top(), first.left() - 6, cell.height())
                words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(beside.width()))
                painter.drawText(beside, right | Qt.AlignmentFlag.AlignVCenter, words)
            above = QRectF(head.left(), corner.top(), head.width(), high)
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(above.width()))
            painter.drawText(above, Qt.AlignmentFlag.AlignHCenter | bottom, words)

    def _places(self, answer: Confusion) -> list[list[QRectF]]:
        """The cells, row by row, beside and below the names."""
        metrics, count = self.fontMetrics(), len(answer.classes)
        corner = self.tr("is \\ said")
        widest = max(metrics.horizontalAdvance(name) for name in (corner, *answer.classes))
        left = min(widest + 8.0, _MOST_OF_WIDTH * self.width())
        top = metrics.height() + 2.0 * _GAP
        width, height = (self.width() - left) / count, (self.height() - top) / count
        return [
            [
                QRectF(left + column * width, top + row * height, width - _GAP, height - _GAP)
                for column in range(count)
            ]
            for row in range(count)
        ]
