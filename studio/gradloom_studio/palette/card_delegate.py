"""A card: an entry's icon, its name, and one line on what it does."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from gradloom.plugins.catalogue import Entry
from gradloom_studio import theme
from gradloom_studio.palette.entry_model import entry_at, is_fold
from gradloom_studio.theme import tokens
from gradloom_studio.theme.families import family_icon, family_token
from gradloom_studio.theme.tokens import RADIUS, spacing

_ICON = 18


class CardDelegate(QStyledItemDelegate):
    """Paints cards and headings."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        name = QFontMetrics(theme.font("body")).height()
        line = QFontMetrics(theme.font("small")).height()
        if entry_at(index) is None:
            return QSize(0, line + spacing(4))
        return QSize(0, name + line + spacing(3))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        entry = entry_at(index)
        if entry is None:
            self._paint_heading(painter, option, index)
        else:
            self._paint_card(painter, option, entry)
        painter.restore()

    def _paint_heading(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tree = option.widget
        opened = isinstance(tree, QTreeView) and tree.isExpanded(index)
        fold = is_fold(index)
        if isinstance(tree, QTreeView) and tree.hasFocus() and tree.currentIndex() == index:
            _paint_ground(painter, option, tokens.current().surface_hover)
        area = option.rect.adjusted(spacing(2) + (spacing(3) if fold else 0), spacing(1), -spacing(2), 0)
        arrow = theme.pixmap("chevron-down" if opened else "chevron-right", "text_muted", 12)
        painter.drawPixmap(QRect(area.left(), area.center().y() - 5, 12, 12), arrow)
        painter.setFont(theme.font("small", strong=not fold))
        painter.setPen(QColor(tokens.current().text_muted))
        painter.drawText(area.adjusted(18, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, str(index.data()))

    def _paint_card(self, painter: QPainter, option: QStyleOptionViewItem, entry: Entry) -> None:
        area = option.rect.adjusted(spacing(1), 1, -spacing(1), -1)
        if option.state & QStyle.StateFlag.State_Selected:
            _paint_ground(painter, option, tokens.current().selection)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            _paint_ground(painter, option, tokens.current().surface_hover)
        icon = theme.pixmap(family_icon(entry.family), family_token(entry.family), _ICON)
        painter.drawPixmap(
            QRect(area.left() + spacing(2), area.center().y() - _ICON // 2 + 1, _ICON, _ICON), icon
        )
        text = area.adjusted(spacing(4) + _ICON, spacing(1), -spacing(2), -spacing(1))
        painter.setFont(theme.font("body"))
        painter.setPen(QColor(tokens.current().text))
        painter.drawText(text, Qt.AlignmentFlag.AlignTop, entry.name)
        font = theme.font("small")
        painter.setFont(font)
        painter.setPen(QColor(tokens.current().text_muted))
        line = QFontMetrics(font).elidedText(entry.summary, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignBottom, line)


def _paint_ground(painter: QPainter, option: QStyleOptionViewItem, colour: str) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(option.rect.adjusted(spacing(1), 1, -spacing(1), -1), RADIUS, RADIUS)
