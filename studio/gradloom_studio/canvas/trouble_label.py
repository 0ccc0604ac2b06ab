"""What is wrong with a node, in words below it, and a button for each way to mend it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from gradloom.experiment.analysis import Fix
from gradloom_studio.canvas import style
from gradloom_studio.theme.tokens import RADIUS

_WIDTH = 200.0
_LINE = 14.0
_MOST_LINES = 3
_MOST_BUTTONS = 2
_PADDING = 5.0
_BUTTON = 20.0
_GAP = 6.0


class TroubleLabel:
    """The label's layout, in its node's coordinates; made anew whenever the problem changes."""

    def __init__(
        self,
        problem: str,
        tone: str,
        body: QRectF,
        fixes: tuple[Fix, ...] = (),
        most_lines: int = _MOST_LINES,
    ) -> None:
        self._tone = tone
        inside = _WIDTH - 2 * _PADDING
        self._lines = style.wrapped(problem, inside, most_lines)
        text_height = _LINE * len(self._lines) + 2 * _PADDING
        left, top = body.left(), body.bottom() + _GAP
        self._text = QRectF(left + _PADDING, top + _PADDING, inside, text_height - 2 * _PADDING)
        self._buttons = [
            (QRectF(left + _PADDING, top + text_height + (_BUTTON + 4) * index, inside, _BUTTON), fix)
            for index, fix in enumerate(fixes[:_MOST_BUTTONS])
        ]
        height = text_height + (len(self._buttons) * (_BUTTON + 4) + 2 if self._buttons else 0)
        self.rect = QRectF(left, top, _WIDTH, height)
        self.reach = self.rect.adjusted(0, -_GAP, 0, 0)

    def fix_at(self, point: QPointF) -> int | None:
        """Which button is at this point."""
        return next((index for index, (rect, _) in enumerate(self._buttons) if rect.contains(point)), None)

    def paint(self, painter: QPainter) -> None:
        painter.setPen(style.pen(self._tone, 0.75))
        painter.setBrush(style.colour(f"{self._tone}_surface"))
        painter.drawRoundedRect(self.rect, RADIUS, RADIUS)
        painter.setFont(style.font(style.SMALL))
        painter.setPen(style.colour(self._tone))
        for number, line in enumerate(self._lines):
            row = QRectF(self._text.left(), self._text.top() + _LINE * number, self._text.width(), _LINE)
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)
        for rect, fix in self._buttons:
            self._paint_button(painter, rect, fix)

    def _paint_button(self, painter: QPainter, rect: QRectF, fix: Fix) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.colour("accent"))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setPen(style.colour("accent_text"))
        label = style.elided(fix.label, rect.width() - 12, style.SMALL)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, label)
