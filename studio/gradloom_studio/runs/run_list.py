"""The list of runs as a Qt model, each with the colour of its curves while it is compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from gradloom.experiment.runs import Run
from gradloom_studio.runs.run_words import about, sentence

RUN = Qt.ItemDataRole.UserRole
"""The role under which an index holds its Run."""
COLOUR = Qt.ItemDataRole.UserRole + 1
"""The family whose colour its curves have; empty where it is not compared."""

AnyIndex = QModelIndex | QPersistentModelIndex


class RunListModel(QAbstractListModel):
    """Runs, the latest first."""

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self.runs: tuple[Run, ...] = ()
        self._colours: Mapping[str, str] = {}

    def show(self, runs: tuple[Run, ...]) -> bool:
        """Show these runs; True where it was a reset, after which nothing is selected."""
        same = [run.id for run in runs] == [run.id for run in self.runs]
        if same:
            before = self.runs
            changed = [row for row, run in enumerate(runs) if run is not before[row] and run != before[row]]
            self.runs = runs
            for row in changed:
                self.dataChanged.emit(self.index(row), self.index(row))
            return False
        self.beginResetModel()
        self.runs = runs
        self.endResetModel()
        return True

    def set_colours(self, colours: Mapping[str, str]) -> None:
        """Give the compared runs, by id, their colours."""
        if colours != self._colours:
            self._colours = dict(colours)
            if self.runs:
                self.dataChanged.emit(self.index(0), self.index(len(self.runs) - 1))

    def row_of(self, run: str) -> int:
        """The row of the run with this id, or -1."""
        return next((row for row, each in enumerate(self.runs) if each.id == run), -1)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.runs)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        run = self.runs[index.row()]
        if role == RUN:
            return run
        if role == COLOUR:
            return self._colours.get(run.id, "")
        if role == Qt.ItemDataRole.DisplayRole:
            return run.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return sentence(run, datetime.now(UTC).astimezone())
        if role == Qt.ItemDataRole.ToolTipRole:
            return about(run)
        return None


def run_at(index: AnyIndex) -> Run:
    """The run at an index of the list."""
    found = index.data(RUN)
    assert isinstance(found, Run)
    return found
