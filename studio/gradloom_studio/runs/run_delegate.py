"""A run in the list: how it ended, its name and figures, and the colour of its curves while compared."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gradloom_studio import theme
from gradloom_studio.runs.run_list import COLOUR, run_at
from gradloom_studio.runs.run_words import STATES, best_figure, line, loss_figure
from gradloom_studio.theme import tokens
from gradloom_studio.theme.tokens import RADIUS, spacing

ICON = 16
BAR = 3
"""The width of the bar in the colour of a run's curves."""


class RunDelegate(QStyledItemDelegate):
    """Paints two lines: name and figure, then when, how far and the loss."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        lines = sum(QFontMetrics(theme.font(size)).height() for size in ("body", "small"))
        return QSize(0, lines + spacing(4))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        run = run_at(index)
        area = option.rect.adjusted(spacing(2), 1, -spacing(2), -1)
        self._paint_ground(painter, option, area)
        self._paint_bar(painter, area, str(index.data(COLOUR)))
        name, colour = STATES[run.state]
        top = area.top() + spacing(2)
        picture = theme.pixmap(name, colour, ICON)
        painter.drawPixmap(QRect(area.left() + spacing(3), top + 1, ICON, ICON), picture)
        text = area.adjusted(spacing(5) + ICON, spacing(2) - 1, -spacing(3), -spacing(2) + 1)
        current = tokens.current()
        body, small = theme.font("body"), theme.font("small")
        _write(painter, text, Qt.AlignmentFlag.AlignTop, body, (run.name, best_figure(run)), current.text)
        words = (line(run, datetime.now(UTC).astimezone()), loss_figure(run))
        _write(painter, text, Qt.AlignmentFlag.AlignBottom, small, words, current.text_muted)
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, area: QRect) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        current = tokens.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(current.accent) if focused else Qt.PenStyle.NoPen)
        if chosen or hovered:
            painter.setBrush(QColor(current.selection if chosen else current.surface_hover))
        if chosen or hovered or focused:
            painter.drawRoundedRect(area, RADIUS, RADIUS)

    def _paint_bar(self, painter: QPainter, area: QRect, family: str) -> None:
        if family:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.current().family(family)))
            bar = QRect(area.left() + spacing(1), area.top() + spacing(2), BAR, area.height() - spacing(4))
            painter.drawRoundedRect(bar, BAR / 2, BAR / 2)


def _write(
    painter: QPainter, area: QRect, where: Qt.AlignmentFlag, font: QFont, words: tuple[str, str], ink: str
) -> None:
    """Two texts in one line: the right one whole, the left one elided before it."""
    left, right = words
    metrics = QFontMetrics(font)
    painter.setFont(font)
    painter.setPen(QColor(ink))
    painter.drawText(area, where | Qt.AlignmentFlag.AlignRight, right)
    room = area.width() - (metrics.horizontalAdvance(right) + spacing(2) if right else 0)
    painter.drawText(
        area, where | Qt.AlignmentFlag.AlignLeft, metrics.elidedText(left, Qt.TextElideMode.ElideRight, room)
    )
