"""The list of runs: what is in the store, live for the one that trains, and compared where selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gradloom.experiment.document import Document
from gradloom.experiment.document_file import parse
from gradloom.experiment.runs import Measurement, Run, RunError, RunStore
from gradloom_studio import theme
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.run import RunController
from gradloom_studio.runs.comparing import COLOURS, Comparing
from gradloom_studio.runs.details import RunDetails
from gradloom_studio.runs.differences import differences
from gradloom_studio.runs.run_delegate import RunDelegate
from gradloom_studio.runs.run_list import RunListModel
from gradloom_studio.runs.store_thread import StoreThread
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label

LOOK_MS = 2000
"""So often it is looked whether another process has written, while the panel can be seen."""

MOST = 5
"""So many differences from the canvas are said."""


class RunList(QListView):
    """The runs; Delete asks whether the selected ones may go, Escape selects nothing."""

    delete_pressed = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # What is said of the selected run takes room from the list; the run itself stays in sight.
        if self.selectionModel().hasSelection():
            self.scrollTo(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.clearSelection()
        else:
            super().keyPressEvent(event)


class RunsPanel(QWidget):
    """Reads the store beside the window. `compared` carries the selected runs' curves, `said` a sentence."""

    compared = Signal(object)
    said = Signal(str)
    refused = Signal(str)

    def __init__(
        self, model: ExperimentModel, runs: RunController, folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("runsPanel")
        self._model, self._runs = model, runs
        self._kept: tuple[Run, ...] = ()
        self._revision = -1
        self._documents: dict[str, Document | None] = {}
        """What the selected run trains; None while it is read."""
        self.store = StoreThread(folder, self)
        self.store.refused.connect(self.refused)
        self.comparing = Comparing(self.store, self)
        self.comparing.compared.connect(self.compared)
        self.list = self._make_list()
        self.details = RunDetails()
        self.empty = label(self.tr("Reading the runs."), "empty", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pages = QStackedWidget()
        self._assemble()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self.look)
        self._connect()

    # What there is

    def look(self) -> None:
        """Read the list again where somebody has written, or where a process may have died."""
        if self.store.busy:
            return
        going_on = any(run.state == "running" and run.id != self._runs.run for run in self._kept)
        known = -1 if going_on else self._revision
        self.store.ask(partial(_read, known), self._on_read)

    def reload(self, _news: object = None) -> None:
        """Read the list again."""
        if self.isVisible():
            self.store.ask(partial(_read, -1), self._on_read)

    def selected(self) -> tuple[Run, ...]:
        """The selected runs, in the order of the list."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return tuple(self.entries.runs[row] for row in rows)

    def select(self, ids: Sequence[str]) -> None:
        """Select these runs and no others."""
        chosen = QItemSelection()
        rows = [row for run in ids if (row := self.entries.row_of(run)) >= 0]
        for row in rows:
            chosen.select(self.entries.index(row), self.entries.index(row))
        flags = QItemSelectionModel.SelectionFlag
        model = self.list.selectionModel()
        if rows:
            model.setCurrentIndex(self.entries.index(rows[0]), flags.NoUpdate)
        model.select(chosen, flags.ClearAndSelect)

    # What can be done with it

    def go_on(self) -> None:
        """Train on from where the selected run ended, with its own experiment on the canvas."""
        if len(self.selected()) == 1:
            (run,) = self.selected()
            self.store.ask(partial(_read_whole, run.id), partial(self._on_whole, run.id))

    def restore(self) -> None:
        """Put the selected run's experiment onto the canvas, as one step that can be undone."""
        if len(self.selected()) == 1:
            (run,) = self.selected()
            self.store.ask(partial(_read_document, run.id), self._on_document)

    def ask_where_to_export(self) -> None:
        """Ask for a file, and write the selected run's weights to it."""
        dialog = QFileDialog(self, self.tr("Save the weights"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Weights (*.safetensors)"))
        dialog.setDefaultSuffix("safetensors")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.selectFile("weights.safetensors")
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.open()

    def export(self, path: Path) -> None:
        """Write the selected run's weights to a file."""
        if len(self.selected()) == 1:
            (run,) = self.selected()
            words = self.tr("The weights of {0} are in {1}.").format(run.name, path)
            self.store.ask(lambda store: store.export_weights(run.id, path), lambda _: self.said.emit(words))

    def delete(self) -> None:
        """Forget the selected runs."""
        ids = [run.id for run in self.selected()]
        self.store.ask(lambda store: store.delete(ids), self.reload)
        self.list.setFocus()

    def keep_up(self) -> None:
        """Show the run that trains as far as it has come."""
        self._show(self._kept)

    # Seen and unseen

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()
        self._look.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._look.stop()

    # Inside

    def _on_read(self, answer: tuple[int, tuple[Run, ...], str] | None) -> None:
        if answer is None:
            return
        self._revision, kept, trouble = answer
        self._show(kept)
        if trouble:
            words = self.tr("The runs in {0} cannot be read: {1}.").format(self.store.folder, trouble)
        else:
            words = self.tr(
                "No runs yet. Each training is kept here with its figures, its weights and its experiment, "
                "to compare and to bring back. Press Train for the first one."
            )
        self.empty.setText(words)
        self.pages.setCurrentIndex(1 if kept else 0)

    def _show(self, kept: tuple[Run, ...]) -> None:
        self._kept = kept
        before = [run.id for run in self.selected()]
        if self.entries.show(tuple(self._up_to_date(run) for run in kept)):
            # Nothing is selected after a reset, of which no signal tells.
            self.select(before)
        if before:
            self._on_selection()
        self._show_details()

    def _up_to_date(self, run: Run) -> Run:
        """A run with what its trainer has said and the store does not know yet, if it is the one here."""
        if run.id != self._runs.run or not self._runs.active:
            return run
        last, now = self._runs.history.last_epoch, replace(run, state=self._runs.state)
        if last is None:
            return now
        return replace(now, epoch=last.epoch, step=self._runs.history.step, validation=dict(last.validation))

    def _on_selection(self, _now: object = None, _before: object = None) -> None:
        # The run that the plots show anyway needs no second curve.
        self.comparing.follow([run for run in self.selected() if run.id != self._runs.run])
        self.entries.set_colours(self.comparing.colours)
        self._show_details()

    def _show_details(self) -> None:
        chosen = self.selected()
        hint = ""
        if len(chosen) > 1:
            hint = self.tr("Their validation curves are drawn in the plots.")
        if len(chosen) > len(COLOURS):
            hint = self.tr("The validation curves of {0} of them are drawn in the plots.").format(
                len(COLOURS)
            )
        if len(chosen) == 1:
            hint = self._difference(chosen[0].id)
        self.details.show_runs(chosen, hint, busy=self._runs.active)

    def _difference(self, run: str) -> str:
        """In what a run's experiment differs from that on the canvas; empty while it is read."""
        if run not in self._documents:
            self._documents = {run: None}
            self.store.ask(partial(_read_document, run), partial(self._on_known, run))
        document = self._documents[run]
        if document is None:
            return ""
        found = differences(document, self._model.located)
        if not found:
            return self.tr("Trained as on the canvas.")
        more = self.tr(" and {0} more").format(len(found) - MOST) if len(found) > MOST else ""
        return self.tr("Other than on the canvas: {0}.").format("; ".join(found[:MOST]) + more)

    def _on_known(self, run: str, document: Document) -> None:
        self._documents = {run: document}
        self._show_details()

    def _on_document_changed(self, _change: object) -> None:
        if self.isVisible():
            self._show_details()

    def _on_document(self, document: Document) -> None:
        self._model.replace(document, self.tr("Restore {0}").format(document.name))
        self.said.emit(self.tr("Restored {0}. Undo brings back what was here.").format(document.name))

    def _on_whole(self, run: str, whole: tuple[Document, tuple[Measurement, ...]]) -> None:
        document, measured = whole
        self._model.replace(document, self.tr("Restore {0}").format(document.name))
        try:
            self._runs.go_on(run, document, self._model.catalogue, measured)
        except RunError as error:
            self.refused.emit(str(error))

    def _make_list(self) -> RunList:
        made = RunList()
        self.entries = RunListModel(made)
        made.setModel(self.entries)
        made.setItemDelegate(RunDelegate(made))
        made.setAccessibleName(self.tr("Runs"))
        made.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        made.setUniformItemSizes(True)
        made.setMouseTracking(True)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return made

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, tokens.spacing(2), 0, 0)
        column.setSpacing(0)
        filled = QWidget()
        parts = QVBoxLayout(filled)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(0)
        parts.addWidget(self.list, 1)
        parts.addWidget(self.details)
        self.pages.addWidget(self.empty)
        self.pages.addWidget(filled)
        column.addWidget(self.pages)
        self.setFocusProxy(self.list)
        self._show_details()

    def _connect(self) -> None:
        self.list.selectionModel().selectionChanged.connect(self._on_selection)
        self.list.delete_pressed.connect(self.details.ask)
        self.list.activated.connect(lambda index: self.details.restore.setFocus())
        self.details.go_on_requested.connect(self.go_on)
        self.details.restore_requested.connect(self.restore)
        self.details.export_requested.connect(self.ask_where_to_export)
        self.details.delete_confirmed.connect(self.delete)
        self._model.document_changed.connect(self._on_document_changed)
        self._runs.run_started.connect(self.reload)
        self._runs.run_ended.connect(self.reload)
        self._runs.progressed.connect(self.keep_up)
        self._runs.state_changed.connect(self.keep_up)
        theme.watcher.changed.connect(self.list.viewport().update)


def _read(known: int, store: RunStore) -> tuple[int, tuple[Run, ...], str] | None:
    """The list's revision, the runs and why there are none; None where the revision is the known one."""
    if not store.exists:
        return -1, (), ""
    revision = store.revision()
    if revision == known and revision >= 0:
        return None
    kept = store.runs()
    return revision, kept, store.trouble


def _read_document(run: str, store: RunStore) -> Document:
    return parse(store.document_text(run) or "", f"run {run}")


def _read_whole(run: str, store: RunStore) -> tuple[Document, tuple[Measurement, ...]]:
    """What a run trains, and what it has measured."""
    return _read_document(run, store), store.measurements(run)
