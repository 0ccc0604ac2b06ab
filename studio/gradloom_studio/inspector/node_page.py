"""The page of one node: its name, what it does to shapes, its parameters and its problems."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel

from gradloom.experiment.analysis import Problem
from gradloom.experiment.document import Choice, Value
from gradloom.plugins.catalogue import Entry, Kind, Parameter, ParameterType
from gradloom_studio import theme
from gradloom_studio.inspector.fields import LineEdit
from gradloom_studio.inspector.form import RESET_WIDTH, Form, beside
from gradloom_studio.model.edits import EditError
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.page.notice import Notices
from gradloom_studio.page.section import Page
from gradloom_studio.theme import tokens
from gradloom_studio.theme.families import UNKNOWN, family_icon, family_token
from gradloom_studio.theme.labels import ElidedLabel, label
from gradloom_studio.words.graph import count_text, shape_text


class NodePage(Page):
    """A form for the node `node` of the model."""

    refused = Signal(str)

    def __init__(self, model: ExperimentModel, node: str) -> None:
        super().__init__()
        self._model, self.node = model, node
        self._kind = model.document.nodes[node].kind
        self._picture = QLabel()
        self.name = LineEdit(node)
        self.name.setAccessibleName(self.tr("Name of the node"))
        self.name.setToolTip(self.tr("The name of this node, which is also that of its weights"))
        self.name.left.connect(self._on_named)
        self.name.returnPressed.connect(self._on_named)
        self._shapes, self._size = ElidedLabel(), ElidedLabel()
        self._notices = Notices()
        self._notices.fix_chosen.connect(self._on_fix)
        self.form = Form(self._parameters())
        self.form.chosen.connect(self._on_chosen)
        self.form.cleared.connect(lambda name: self._model.reset_parameter(self.node, name))
        self.form.finished.connect(model.finish_edit)
        self._assemble()
        theme.watcher.changed.connect(self._show_picture)
        self.refresh()

    def shows(self, node: str) -> bool:
        """Whether the page still fits this node, so that its values can be filled in anew."""
        choice = self._model.document.nodes.get(node)
        return (
            node == self.node
            and choice is not None
            and choice.kind == self._kind
            and [parameter.name for parameter in self._parameters()] == list(self.form.rows)
        )

    def refresh(self) -> None:
        """Show the node as it is now."""
        report = self._model.analysis.nodes.get(self.node)
        self.form.show_values(self._choice.parameters, report.inferred if report else {})
        self._shapes.setText(self._shape_words())
        count = report.parameter_count if report else 0
        words = self.tr("{0} parameter") if count == 1 else self.tr("{0} parameters")
        self._size.setText(words.format(count_text(count)) if count else self.tr("no parameters"))
        problems = self._model.analysis.problems
        self._notices.show_problems(problem for problem in problems if _place(problem) == self.node)

    @property
    def _choice(self) -> Choice:
        return self._model.document.nodes[self.node]

    @property
    def _entry(self) -> Entry | None:
        return self._model.catalogue.get(self._kind)

    def _parameters(self) -> list[Parameter]:
        """Those of the entry, then those that only the file knows."""
        entry = self._entry
        known = list(entry.parameters) if entry else []
        names = {parameter.name for parameter in known}
        return known + [
            _guess(name, value) for name, value in self._choice.parameters.items() if name not in names
        ]

    def _assemble(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(tokens.spacing(2))
        head.addWidget(self._picture)
        head.addWidget(self.name, 1)
        head.addSpacing(RESET_WIDTH - tokens.spacing(1))
        self.column.addLayout(head)
        self.column.addWidget(label(self._kind_words(), "muted", wrap=True))
        self.column.addLayout(beside(self.tr("shape"), self._shapes))
        self.column.addLayout(beside(self.tr("size"), self._size))
        self.column.addWidget(self._notices)
        if self.form.rows:
            self.add_heading(self.tr("Parameters"))
        else:
            self.column.addWidget(label(self.tr("Nothing to choose here."), "muted"))
        self.column.addWidget(self.form)
        self.column.addStretch(1)
        self._show_picture()

    def _show_picture(self) -> None:
        family = self._entry.family if self._entry else UNKNOWN
        self._picture.setPixmap(theme.pixmap(family_icon(family), family_token(family), 20))

    def _kind_words(self) -> str:
        entry = self._entry
        if entry is None:
            return self.tr("{0}: no plugin that is installed offers this. It is kept as it is.").format(
                self._kind
            )
        summary = entry.summary.replace("`", "")
        return f"{entry.name}: {summary[:1].lower()}{summary[1:]}"

    def _shape_words(self) -> str:
        analysis = self._model.analysis
        wires = [wire for wire in self._model.document.wires if wire.target == self.node]
        arriving = [shape_text(analysis.wires.get(wire)) or "?" for wire in wires]
        report = analysis.nodes.get(self.node)
        leaving = shape_text(report.output) if report and report.output is not None else "?"
        if self._entry is not None and self._entry.kind is Kind.LOSS:
            leaving = self.tr("one number")
        return f"{', '.join(arriving)} \N{RIGHTWARDS ARROW} {leaving}" if arriving else leaving

    def _on_chosen(self, name: str, value: Value) -> None:
        self._model.set_parameter(self.node, name, value)

    def _on_fix(self, fix: object) -> None:
        self._attempt(lambda: self._model.apply_fix(fix))  # type: ignore[arg-type]

    def _on_named(self) -> None:
        name = self.name.text().strip()
        if name != self.node:
            self._attempt(lambda: self._model.rename_node(self.node, name))

    def _attempt(self, edit: Callable[[], None]) -> None:
        """Do an edit; where it is refused, say why and show what stands."""
        try:
            edit()
        except EditError as error:
            self.name.setText(self.node)
            self.refused.emit(str(error))


def _place(problem: Problem) -> str | None:
    """The node at which a problem is told: its own, else the one that its wire arrives at."""
    return problem.node or (problem.wire.target if problem.wire else None)


def _guess(name: str, value: object) -> Parameter:
    """A parameter of which nothing is known but a value."""
    if isinstance(value, bool):
        return Parameter(name, "bool", optional=True, default=None)
    if isinstance(value, tuple):
        words = any(isinstance(part, str) for part in value)
        return Parameter(name, "str" if words else "floats", default=None, optional=True)
    kind: ParameterType = "int" if isinstance(value, int) else "float" if isinstance(value, float) else "str"
    return Parameter(name, kind, default=None, optional=True)
