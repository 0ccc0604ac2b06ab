"""The outline as a view: what is selected in it is selected on the canvas, and the other way round."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStackedLayout, QTreeView, QWidget

from gradloom_studio import theme
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.outline.outline_model import OutlineModel, subject_at
from gradloom_studio.theme.labels import label
from gradloom_studio.theme.tokens import spacing

_FLAGS = QItemSelectionModel.SelectionFlag
_DELETING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class OutlineTree(QTreeView):
    """The rows; Return jumps to what is selected, Delete deletes it."""

    jumped = Signal()
    deleted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.jumped.emit()
        elif event.key() in _DELETING:
            self.deleted.emit()
        else:
            super().keyPressEvent(event)


class Outline(QWidget):
    """Nodes and wires in the order in which values flow. `jumped` asks to see the selection on the canvas."""

    jumped = Signal()

    def __init__(self, model: ExperimentModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outline")
        self.setAccessibleName(self.tr("Outline"))
        self._model = model
        self.rows = OutlineModel(model)
        self.tree = self._make_tree()
        empty = label(self.tr("Nothing is on the canvas yet."), "empty", wrap=True)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedLayout(self)
        # A stacked layout knows no margins of its own.
        self.setContentsMargins(0, spacing(2), 0, 0)
        self._pages.addWidget(self.tree)
        self._pages.addWidget(empty)
        for signal in (model.document_changed, model.analysis_changed, model.catalogue_changed):
            signal.connect(self.refresh)
        model.selection_changed.connect(self._show_selection)
        theme.watcher.changed.connect(self.refresh)

    def refresh(self, _change: object = None) -> None:
        """Show the experiment as it is now, where somebody looks."""
        if not self.isVisible():
            return
        self.rows.refresh()
        for row in range(self.rows.rowCount()):
            node = self.rows.index(row, 0)
            for wire in range(self.rows.rowCount(node)):
                self.tree.setFirstColumnSpanned(wire, node, True)
        self._pages.setCurrentIndex(0 if self.rows.rowCount() else 1)
        self._show_selection()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _make_tree(self) -> OutlineTree:
        tree = OutlineTree()
        tree.setObjectName("outlineTree")
        tree.setModel(self.rows)
        tree.setAccessibleName(self.tr("Outline of the graph"))
        tree.setHeaderHidden(True)
        tree.setIndentation(spacing(4))
        tree.setFrameShape(QTreeView.Shape.NoFrame)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        tree.setExpandsOnDoubleClick(False)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        tree.selectionModel().selectionChanged.connect(self._on_selected)
        tree.doubleClicked.connect(lambda _index: self.jumped.emit())
        tree.jumped.connect(self.jumped)
        tree.deleted.connect(self._on_deleted)
        return tree

    def _chosen(self) -> frozenset[object]:
        return frozenset(subject_at(index) for index in self.tree.selectionModel().selectedRows())

    def _on_selected(self, _new: QItemSelection, _old: QItemSelection) -> None:
        self._model.set_selection(self._chosen())  # type: ignore[arg-type]

    def _on_deleted(self) -> None:
        self._model.remove(self._model.selected_nodes, self._model.selected_wires)

    def _show_selection(self) -> None:
        if not self.isVisible() or self._chosen() == self._model.selection:
            return
        indexes = [self.rows.index_of(subject) for subject in self._model.selection]
        chosen, last = QItemSelection(), QModelIndex()
        for index in indexes:
            if index.isValid():
                chosen.select(index, index)
                last = index
        selection = self.tree.selectionModel()
        # The model already knows; what it would be told on the way is only half of it.
        selection.blockSignals(True)
        selection.select(chosen, _FLAGS.ClearAndSelect | _FLAGS.Rows)
        if last.isValid():
            selection.setCurrentIndex(last, _FLAGS.NoUpdate)
            self.tree.scrollTo(last)
        selection.blockSignals(False)
        self.tree.viewport().update()
