"""Samples that are rows of numbers, as a small table."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from gradloom.data.sources.samples import Samples
from gradloom_studio import theme
from gradloom_studio.words.figures import significant

ROWS = 12
AnyIndex = QModelIndex | QPersistentModelIndex


class SampleTableModel(QAbstractTableModel):
    """The first rows of some samples: the target, then every feature."""

    def __init__(self, samples: Samples, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        table = samples.x.reshape(len(samples), -1)[:ROWS]
        self._cells = [[significant(float(number)) for number in row] for row in table]
        self._targets = [target_text(samples, row) for row in range(min(ROWS, len(samples)))]
        width = table.shape[1]
        names = samples.feature_names or tuple(f"x{i}" for i in range(width))
        self._titles = [self.tr("target"), *names[:width]]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells[row][column - 1] if column else self._targets[row]
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return self._titles[section]
        return None


class SampleTable(QTableView):
    """The table, as high as its rows."""

    def __init__(self, samples: Samples, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(SampleTableModel(samples, self))
        self.setFont(theme.font("small"))
        self.setAccessibleName(self.tr("Samples as rows"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().setMaximumSectionSize(112)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.setTabKeyNavigation(False)
        self.resizeColumnsToContents()
        rows = self.model().rowCount() * self.verticalHeader().defaultSectionSize()
        bar = self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows + bar + 2)


def target_text(samples: Samples, row: int) -> str:
    """A row's class, or the numbers that are to be predicted."""
    target = samples.target[row]
    if samples.task == "classification":
        return samples.classes[int(target)]
    return ", ".join(significant(float(number)) for number in np.atleast_1d(target))
