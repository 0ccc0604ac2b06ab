"""The page of a wire, or of several things at once."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal

from gradloom.experiment.document import Wire
from gradloom_studio.model.edits import EditError
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.page.notice import Notices
from gradloom_studio.page.section import Page
from gradloom_studio.theme.labels import label
from gradloom_studio.words.graph import count_text, shape_text

BYTES = {"float64": 8, "int64": 8, "uint8": 1, "bool": 1}
"""The size of a number; all other types that we have take four bytes."""


class WirePage(Page):
    """What flows through one wire."""

    refused = Signal(str)

    def __init__(self, model: ExperimentModel, wire: Wire) -> None:
        super().__init__()
        self._model, self.wire = model, wire
        self._facts = label(wrap=True)
        self._notices = Notices()
        self._notices.fix_chosen.connect(self._on_fix)
        arrow = "\N{RIGHTWARDS ARROW}"
        port = f".{wire.port}" if wire.port else ""
        self.column.addWidget(label(f"{wire.source} {arrow} {wire.target}{port}", "title", wrap=True))
        self.column.addWidget(self._facts)
        self.column.addWidget(self._notices)
        self.column.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """Show the wire as it is now."""
        analysis = self._model.analysis
        self._facts.setText(self._facts_text(analysis.wires.get(self.wire)))
        self._notices.show_problems(one for one in analysis.problems if one.wire == self.wire)

    def _facts_text(self, shape: tuple[int, ...] | None) -> str:
        if shape is None:
            return self.tr("Its shape is not known yet: something before it has a problem.")
        report = self._model.analysis.nodes.get(self.wire.source)
        dtype = report.dtype if report else ""
        batch = self._model.document.training.batch_size
        size = batch * math.prod(shape) * BYTES.get(dtype, 4)
        lines = [
            self.tr("Shape: {0}").format(shape_text(shape)),
            self.tr("Type: {0}").format(dtype) if dtype else "",
            self.tr("A batch of {0}: {1} numbers, {2}").format(
                batch, count_text(batch * math.prod(shape)), _memory(size)
            ),
        ]
        return "\n".join(text for text in lines if text)

    def _on_fix(self, fix: object) -> None:
        try:
            self._model.apply_fix(fix)  # type: ignore[arg-type]
        except EditError as error:
            self.refused.emit(str(error))


class SeveralPage(Page):
    """How much is selected."""

    refused = Signal(str)

    def __init__(self, model: ExperimentModel) -> None:
        super().__init__()
        self._model = model
        self._title, self._facts = label(role="title"), label(role="muted", wrap=True)
        for part in (self._title, self._facts):
            self.column.addWidget(part)
        self.column.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """Count again."""
        nodes, wires = self._model.selected_nodes, self._model.selected_wires
        parts = [self.tr("{0} nodes").format(len(nodes)) if len(nodes) != 1 else self.tr("1 node")]
        if wires:
            parts.append(self.tr("{0} wires").format(len(wires)) if len(wires) != 1 else self.tr("1 wire"))
        self._title.setText(", ".join(parts))
        reports = self._model.analysis.nodes
        count = sum(reports[node].parameter_count for node in nodes if node in reports)
        self._facts.setText(
            self.tr("{0} parameters together. Select one node to change it.").format(count_text(count))
        )


def _memory(size: int) -> str:
    """A number of bytes as people say it."""
    if size < 1024:
        return f"{size} bytes"
    unit, scale = ("kB", 2**10) if size < 2**20 else ("MB", 2**20)
    return f"{size / scale:,.3g} {unit}"
