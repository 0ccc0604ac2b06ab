"""Quick add: a small search at the pointer; Enter adds what it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from gradloom.plugins.catalogue import Entry
from gradloom_studio.palette.card_delegate import CardDelegate
from gradloom_studio.palette.entry_model import EntryModel, entry_at
from gradloom_studio.palette.search import ranked
from gradloom_studio.theme.tokens import spacing

_WIDTH, _HEIGHT = 280, 320
_WALK = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class QuickAdd(QFrame):
    """Opens over the canvas, keeps the keyboard, and goes when something is chosen or the focus leaves."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("quickAdd")
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._entries: tuple[Entry, ...] = ()
        self.search = QLineEdit(placeholderText=self.tr("Add a layer"))
        self.search.setAccessibleName(self.tr("Add a layer"))
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._refresh)
        self.list = self._make_list()
        self._note = QLabel(wordWrap=True)
        self._note.setProperty("role", "small")
        column = QVBoxLayout(self)
        column.setContentsMargins(spacing(2), spacing(2), spacing(2), spacing(2))
        column.setSpacing(spacing(1))
        column.addWidget(self.search)
        column.addWidget(self._note)
        column.addWidget(self.list, 1)
        self.hide()

    def open(self, at: QPoint, entries: Sequence[Entry], note: str = "") -> None:
        """Offer these entries, the best first, near a point of the parent."""
        self._entries = tuple(entries)
        self.search.clear()
        self._refresh()
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._settle(at)
        self.show()
        self.raise_()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def offered(self) -> list[str]:
        """The keys that are offered now, the best first."""
        rows = (self._model.index(row, 0) for row in range(self._model.rowCount()))
        return [entry.key for entry in map(entry_at, rows) if entry]

    def close_quietly(self) -> None:
        """Go, and let whoever opened it tidy up."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress:
            return self._on_key(cast(QKeyEvent, event))
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        if event.type() == QEvent.Type.FocusOut and not _is_passing(cast(QFocusEvent, event)):
            self.close_quietly()
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in _WALK:
            self.list.keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentIndex())
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Tab):
            self.close_quietly()
        else:
            return False
        return True

    def _make_list(self) -> QListView:
        view = QListView(self)
        self._model = EntryModel(view)
        view.setModel(self._model)
        view.setItemDelegate(CardDelegate(view))
        view.setAccessibleName(self.tr("Layers that fit"))
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setMouseTracking(True)
        view.setUniformItemSizes(True)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.clicked.connect(self._choose)
        return view

    def _refresh(self) -> None:
        self._model.show_flat(ranked(self._entries, self.search.text()))
        self.list.setCurrentIndex(self._model.index(0, 0))

    def _choose(self, index: QModelIndex) -> None:
        entry = entry_at(index)
        if entry is not None:
            self.hide()
            self.chosen.emit(entry.key)
            self.closed.emit()

    def _settle(self, at: QPoint) -> None:
        """Stand below and right of the point, as far as the parent has room."""
        room = self._over.rect()
        self.resize(min(_WIDTH, room.width()), min(_HEIGHT, room.height()))
        x = min(max(at.x(), 0), room.width() - self.width())
        y = min(max(at.y(), 0), room.height() - self.height())
        self.move(x, y)


def _is_passing(event: QFocusEvent) -> bool:
    """Whether the focus comes back: a menu over the field, or another window in front."""
    return event.reason() in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
