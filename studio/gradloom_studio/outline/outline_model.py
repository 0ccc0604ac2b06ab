"""The graph as rows: nodes in the order in which values flow, and below each the wires that feed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QStandardItem, QStandardItemModel

from gradloom.experiment.document import Wire
from gradloom_studio import theme
from gradloom_studio.canvas.look import Looks, NodeLook, WireLook, describe
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.theme import tokens
from gradloom_studio.theme.families import family_icon, family_token

SUBJECT = Qt.ItemDataRole.UserRole
"""The role under which an index holds its node's id, or its wire."""


class OutlineModel(QStandardItemModel):
    """Two columns: a node and what it is; wires have one. Rebuilt only where nodes or wires come or go."""

    def __init__(self, model: ExperimentModel) -> None:
        super().__init__(0, 2, model)
        self._experiment = model
        self._rows: dict[str | Wire, list[QStandardItem]] = {}

    def refresh(self) -> None:
        """Show the experiment as it is now."""
        model = self._experiment
        looks = describe(model.document, model.catalogue, model.analysis)
        subjects = list(self._in_order(looks))
        if subjects != list(self._rows):
            self._rebuild(subjects)
        for subject, row in self._rows.items():
            if isinstance(subject, Wire):
                _write_wire(row, looks.wires[subject])
            else:
                _write_node(row, looks.nodes[subject])

    def index_of(self, subject: str | Wire) -> QModelIndex:
        """Where a node or wire stands; invalid where it does not."""
        row = self._rows.get(subject)
        return row[0].index() if row else QModelIndex()

    def _in_order(self, looks: Looks) -> Iterator[str | Wire]:
        order = [name for name in self._experiment.analysis.order if name in looks.nodes]
        arriving = _by_target(looks.wires)
        for name in dict.fromkeys((*order, *looks.nodes)):
            yield name
            yield from sorted(arriving.get(name, ()), key=lambda wire: looks.wires[wire].index)

    def _rebuild(self, subjects: list[str | Wire]) -> None:
        self.removeRows(0, self.rowCount())
        self._rows = {subject: [QStandardItem(), QStandardItem()] for subject in subjects}
        for subject, row in self._rows.items():
            for item in row:
                item.setData(subject, SUBJECT)
                item.setEditable(False)
            row[1].setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            parent = self._rows[subject.target][0] if isinstance(subject, Wire) else self.invisibleRootItem()
            parent.appendRow(row)


def subject_at(index: QModelIndex | QPersistentModelIndex) -> str | Wire:
    """The node's id, or the wire, that stands there."""
    subject: str | Wire = index.data(SUBJECT)
    return subject


def _by_target(wires: Mapping[Wire, WireLook]) -> dict[str, list[Wire]]:
    arriving: dict[str, list[Wire]] = {}
    for wire in wires:
        arriving.setdefault(wire.target, []).append(wire)
    return arriving


def _write_node(row: list[QStandardItem], look: NodeLook) -> None:
    row[0].setText(look.name)
    row[0].setIcon(theme.icon(family_icon(look.family), family_token(look.family)))
    row[1].setText(f"{look.kind} {look.detail}".rstrip())
    _write_tone(row, look.sentence, look.tone if look.problem else "")


def _write_wire(row: list[QStandardItem], look: WireLook) -> None:
    port = f" ({look.wire.port})" if look.wire.port else ""
    shape = f": {look.shape}" if look.shape else ""
    row[0].setText(_tr("from {0}").format(f"{look.wire.source}{port}{shape}"))
    _write_tone(row, _tr("Wire {0}").format(look.sentence), look.tone if look.problem else "")


def _write_tone(row: list[QStandardItem], sentence: str, tone: str) -> None:
    colours = tokens.current()
    inks = (colours.text, colours.text_muted)
    for item, ink in zip(row, inks, strict=True):
        item.setForeground(QBrush(QColor(getattr(colours, tone) if tone else ink)))
        item.setToolTip(sentence)
    row[0].setData(sentence, Qt.ItemDataRole.AccessibleTextRole)


def _tr(text: str) -> str:
    return QCoreApplication.translate("OutlineModel", text)
