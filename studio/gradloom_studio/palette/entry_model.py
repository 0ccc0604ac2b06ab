"""The palette's contents as a Qt model: families with their entries, or what a search found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from gradloom.plugins.catalogue import Entry
from gradloom_studio.palette import mime

ENTRY = Qt.ItemDataRole.UserRole
"""The role under which an index holds its Entry; a family's heading holds None."""

_BUILT_IN = "gradloom"


class EntryModel(QStandardItemModel):
    """Entries that can be dragged to the canvas."""

    def show_grouped(self, entries: Iterable[Entry]) -> None:
        """One heading a family, and one a plugin, as they come; below each, behind a fold, what is rare."""
        groups: dict[str, list[Entry]] = {}
        for entry in entries:
            title = entry.family.capitalize() if entry.plugin == _BUILT_IN else entry.plugin
            groups.setdefault(title, []).append(entry)
        self.clear()
        for title, members in groups.items():
            heading = _heading(title)
            heading.appendRows([_row(entry) for entry in members if not entry.rare])
            if rare := [_row(entry) for entry in members if entry.rare]:
                fold = _heading(self.tr("{0} more").format(len(rare)))
                fold.appendRows(rare)
                heading.appendRow(fold)
            self.appendRow(heading)

    def show_flat(self, entries: Sequence[Entry]) -> None:
        """The entries as they come, without headings."""
        self.clear()
        for entry in entries:
            self.appendRow(_row(entry))

    def mimeTypes(self) -> list[str]:
        return [mime.KIND]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        entry = entry_at(indexes[0]) if indexes else None
        return mime.pack(entry.key) if entry else QMimeData()


def entry_at(index: QModelIndex | QPersistentModelIndex) -> Entry | None:
    """The entry at an index; None on a heading."""
    found = index.data(ENTRY)
    return found if isinstance(found, Entry) else None


def is_fold(index: QModelIndex | QPersistentModelIndex) -> bool:
    """Whether an index is the fold that holds a family's rare entries."""
    return index.parent().isValid() and entry_at(index) is None


def _heading(title: str) -> QStandardItem:
    heading = QStandardItem(title)
    heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return heading


def _row(entry: Entry) -> QStandardItem:
    item = QStandardItem(entry.name)
    item.setData(entry, ENTRY)
    item.setToolTip(entry.summary)
    item.setData(f"{entry.name}: {entry.summary}", Qt.ItemDataRole.AccessibleTextRole)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return item
