"""The palette at the window's edge: search, cards by family, drag to the canvas or Enter to add."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from gradloom_studio import theme
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.palette.card_delegate import CardDelegate
from gradloom_studio.palette.entry_model import EntryModel, entry_at, is_fold
from gradloom_studio.palette.search import placeable, ranked
from gradloom_studio.theme.tokens import spacing


class CardTree(QTreeView):
    """The cards; dragging one shows the card's name at the pointer."""

    def startDrag(self, actions: Qt.DropAction) -> None:
        entry = entry_at(self.currentIndex())
        if entry is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self.model().mimeData([self.currentIndex()]))
        drag.exec(Qt.DropAction.CopyAction)
        # During a drag nobody tells the view that the pointer has left it.
        QApplication.sendEvent(self.viewport(), QEvent(QEvent.Type.Leave))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens and folds a heading, as a click does."""
        at = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and at.isValid() and entry_at(at) is None:
            self.setExpanded(at, not self.isExpanded(at))
        else:
            super().keyPressEvent(event)


class Palette(QWidget):
    """Everything that can be put on the canvas. `kind_chosen` carries a catalogue key."""

    kind_chosen = Signal(str)

    def __init__(self, model: ExperimentModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self._model = model
        self._folded: set[str] = set()
        self._unfolded: set[str] = set()
        self.search = QLineEdit(placeholderText=self.tr("Search layers"), clearButtonEnabled=True)
        self.search.setAccessibleName(self.tr("Search layers"))
        self.search.installEventFilter(self)
        self.tree = self._make_tree()
        self.nothing = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self.nothing.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, spacing(2), 0, 0)
        column.setSpacing(spacing(2))
        top = QVBoxLayout()
        top.setContentsMargins(spacing(2), 0, spacing(2), 0)
        top.addWidget(self.search)
        column.addLayout(top)
        column.addWidget(self.tree, 1)
        column.addWidget(self.nothing, 1)
        self.search.textChanged.connect(self.refresh)
        model.catalogue_changed.connect(self.refresh)
        theme.watcher.changed.connect(self._on_theme_changed)
        self.refresh()

    def refresh(self) -> None:
        """Show what the search finds, or everything by family."""
        entries = placeable(self._model.catalogue)
        query = self.search.text().strip()
        if query:
            entries = ranked(entries, query)
            self.entries.show_flat(entries)
            self.tree.setCurrentIndex(self.entries.index(0, 0))
        else:
            self.entries.show_grouped(entries)
            self._unfold()
        self.tree.setVisible(bool(entries))
        self.nothing.setVisible(not entries)
        self.nothing.setText(self.tr("Nothing is called “{0}”.").format(query))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down in the search walk the cards; Enter adds the current one."""
        if watched is self.search and event.type() == QEvent.Type.KeyPress:
            key = cast(QKeyEvent, event).key()
            if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.tree.setFocus()
                self.tree.keyPressEvent(cast(QKeyEvent, event))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.tree.currentIndex())
                return True
            if key == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _make_tree(self) -> CardTree:
        tree = CardTree(self)
        self.entries = EntryModel(tree)
        tree.setModel(self.entries)
        tree.setItemDelegate(CardDelegate(tree))
        tree.setAccessibleName(self.tr("Layers and losses"))
        tree.setHeaderHidden(True)
        tree.setIndentation(0)
        tree.setRootIsDecorated(False)
        tree.setExpandsOnDoubleClick(False)
        tree.setFrameShape(QTreeView.Shape.NoFrame)
        tree.setMouseTracking(True)
        tree.setDragEnabled(True)
        tree.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.clicked.connect(self._on_clicked)
        tree.activated.connect(self._choose)
        tree.expanded.connect(self._on_expanded)
        tree.collapsed.connect(self._on_collapsed)
        return tree

    def _on_clicked(self, index: QModelIndex) -> None:
        if entry_at(index) is None:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _choose(self, index: QModelIndex) -> None:
        if entry := entry_at(index):
            self.kind_chosen.emit(entry.key)

    def _on_expanded(self, index: QModelIndex) -> None:
        if is_fold(index):
            self._unfolded.add(index.parent().data())
        else:
            self._folded.discard(index.data())

    def _on_collapsed(self, index: QModelIndex) -> None:
        if is_fold(index):
            self._unfolded.discard(index.parent().data())
        else:
            self._folded.add(index.data())

    def _unfold(self) -> None:
        """Families are open and their rare entries folded away, until a person wants it otherwise."""
        for row in range(self.entries.rowCount()):
            family = self.entries.index(row, 0)
            self.tree.setExpanded(family, family.data() not in self._folded)
            last = self.entries.index(self.entries.rowCount(family) - 1, 0, family)
            self.tree.setExpanded(last, is_fold(last) and family.data() in self._unfolded)

    def _on_theme_changed(self) -> None:
        self.tree.viewport().update()
