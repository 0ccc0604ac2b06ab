"""The page of the experiment itself: its data, how it learns, and by what it is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from gradloom.experiment.document import Choice, DataSettings, TrainingSettings, Value
from gradloom.plugins.catalogue import Kind, Parameter
from gradloom_studio.inspector.choice_editor import ChoiceEditor
from gradloom_studio.inspector.form import Form, beside
from gradloom_studio.model.edits import EditError
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.page.notice import Notices
from gradloom_studio.page.section import Page
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label

Change: TypeAlias = Callable[..., None]

LARGEST_SEED: Final = 2**32 - 1
TRAINING: Final = (
    Parameter("epochs", "int", 10, 1, 1_000_000, help="how often all training rows are gone through"),
    Parameter("batch_size", "int", 64, 1, 1_000_000, help="how many rows make one step"),
    Parameter("seed", "int", 0, 0, LARGEST_SEED, help="decides the first weights and the order of the rows"),
)
SPLIT: Final = (
    Parameter(
        "validation",
        "float",
        None,
        0,
        1,
        exclusive_minimum=True,
        exclusive_maximum=True,
        optional=True,
        help="the share of the rows that is kept for validation",
    ),
    Parameter(
        "normalize",
        "choice",
        "standard",
        choices=("none", "unit", "standard"),
        help="how inputs are scaled: not at all, to the range 0 to 1, or to mean 0 and deviation 1",
    ),
    Parameter("split_seed", "int", 0, 0, LARGEST_SEED, help="decides which rows are kept for validation"),
)
NAME: Final = (Parameter("name", "str", "Untitled", help="what the experiment is called"),)


class SettingsPage(Page):
    """Everything of the document that is not on the canvas."""

    refused = Signal(str)
    node_asked = Signal(str)

    def __init__(self, model: ExperimentModel) -> None:
        super().__init__()
        self._model = model
        self.name = self._form(NAME, self._change_document)
        self.notices = Notices()
        self.notices.fix_chosen.connect(self._on_fix)
        self.data = self._editor(Kind.DATASET, self.tr("data set"), self._change_source)
        self.split = self._form(SPLIT, self._change_data, {"validation": self.tr("its own, or 0.2")})
        self.loss = QPushButton()
        self.loss.setProperty("role", "link")
        self.loss.setToolTip(self.tr("Show the loss on the canvas"))
        self.loss.clicked.connect(self._on_loss)
        self.optimizer = self._editor(Kind.OPTIMIZER, self.tr("optimizer"), self._change_optimizer)
        self.schedule = self._editor(
            Kind.SCHEDULE, self.tr("schedule"), self._change_schedule, self.tr("constant")
        )
        self.training = self._form(TRAINING, self._change_training)
        self.metrics: dict[str, QCheckBox] = {}
        self._metric_rows = QWidget()
        self._metric_column = QVBoxLayout(self._metric_rows)
        self._metric_column.setContentsMargins(0, 0, 0, 0)
        self._metric_column.setSpacing(tokens.spacing(2))
        self._assemble()
        self.refresh()

    def refresh(self) -> None:
        """Show the document as it is now."""
        document, catalogue = self._model.document, self._model.catalogue
        self.name.show_values(_chosen(NAME, {"name": document.name}))
        self.data.show_choice(document.data.source, catalogue)
        self.data.form.start_at(self._model.folder)
        self.split.show_values(_chosen(SPLIT, dict(document.data)))
        self.optimizer.show_choice(document.optimizer, catalogue)
        self.schedule.show_choice(document.schedule, catalogue)
        self.training.show_values(_chosen(TRAINING, dict(document.training)))
        self._show_loss()
        self._show_metrics()
        problems = self._model.analysis.problems
        self.notices.show_problems(one for one in problems if one.node is None and one.wire is None)

    def _assemble(self) -> None:
        parts: tuple[tuple[str, tuple[QWidget, ...]], ...] = (
            (self.tr("Data"), (self.data, self.split)),
            (self.tr("Training"), (self.training,)),
            (self.tr("Optimizer"), (self.optimizer,)),
            (self.tr("Schedule"), (self.schedule,)),
        )
        self.column.addWidget(label(self.tr("Experiment"), "title"))
        self.column.addWidget(self.notices)
        self.column.addWidget(self.name)
        for title, widgets in parts:
            self.add_heading(title)
            for widget in widgets:
                self.column.addWidget(widget)
        self.add_heading(self.tr("Judged by"))
        self.column.addLayout(beside(self.tr("loss"), self.loss))
        self.column.addSpacing(tokens.spacing(1))
        metrics = beside(self.tr("metrics"), self._metric_rows, align=Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(metrics)
        self.column.addStretch(1)

    def _form(
        self, parameters: tuple[Parameter, ...], change: Change, hints: dict[str, str] | None = None
    ) -> Form:
        form = Form(parameters, hints)
        defaults = {parameter.name: parameter.default for parameter in parameters}
        form.chosen.connect(lambda name, value: self._attempt(change, name, value))
        form.cleared.connect(lambda name: self._attempt(change, name, defaults[name]))
        form.finished.connect(self._model.finish_edit)
        return form

    def _editor(self, kind: Kind, name: str, change: Change, nothing: str = "") -> ChoiceEditor:
        editor = ChoiceEditor(kind, name, nothing)
        editor.changed.connect(lambda choice, words: self._attempt(change, choice, words))
        editor.finished.connect(self._model.finish_edit)
        return editor

    def _attempt(self, change: Change, *arguments: object) -> None:
        try:
            change(*arguments)
        except EditError as error:
            self.refused.emit(str(error))
            self.refresh()

    def _change_document(self, name: str, value: Value) -> None:
        self._model.change_settings(self.tr("Change {0}").format(name), **{name: value})

    def _change_data(self, name: str, value: Value | None) -> None:
        data = {**dict(self._model.document.data), name: value}
        self._model.change_settings(
            self.tr("Change {0}").format(name), data=DataSettings.model_validate(data)
        )

    def _change_training(self, name: str, value: Value) -> None:
        training = {**dict(self._model.document.training), name: value}
        checked = TrainingSettings.model_validate(training)
        self._model.change_settings(self.tr("Change {0}").format(name), training=checked)

    def _change_source(self, choice: Choice, words: str) -> None:
        data = self._model.document.data.model_copy(update={"source": choice})
        self._model.change_settings(words, data=data)

    def _change_optimizer(self, choice: Choice, words: str) -> None:
        self._model.change_settings(words, optimizer=choice)

    def _change_schedule(self, choice: Choice | None, words: str) -> None:
        self._model.change_settings(words, schedule=choice)

    def _on_fix(self, fix: object) -> None:
        self._attempt(self._model.apply_fix, fix)

    # The loss is a node; here is only the way to it.

    def _loss_node(self) -> str | None:
        catalogue = self._model.catalogue
        for node, choice in self._model.document.nodes.items():
            entry = catalogue.get(choice.kind)
            if entry is not None and entry.kind is Kind.LOSS:
                return node
        return None

    def _show_loss(self) -> None:
        node = self._loss_node()
        self.loss.setEnabled(node is not None)
        if node is None:
            self.loss.setText(self.tr("none on the canvas"))
        else:
            self.loss.setText(self._model.document.nodes[node].kind)
        self.loss.setAccessibleName(self.loss.text())

    def _on_loss(self) -> None:
        if (node := self._loss_node()) is not None:
            self.node_asked.emit(node)

    def _show_metrics(self) -> None:
        chosen = self._model.document.metrics
        entries = self._model.catalogue.of(Kind.METRIC)
        names = [entry.key for entry in entries]
        names += [name for name in chosen if name not in names]
        if names != list(self.metrics):
            self._make_metrics(names)
        for name, box in self.metrics.items():
            box.setChecked(name in chosen)

    def _make_metrics(self, names: list[str]) -> None:
        for box in self.metrics.values():
            box.deleteLater()
        self.metrics = {name: QCheckBox(name) for name in names}
        for name, box in self.metrics.items():
            entry = self._model.catalogue.get(name)
            box.setToolTip(entry.summary if entry else self.tr("No plugin that is installed offers this."))
            box.setAccessibleName(name)
            box.clicked.connect(lambda _checked=False: self._on_metric())
            self._metric_column.addWidget(box)

    def _on_metric(self) -> None:
        metrics = tuple(name for name, box in self.metrics.items() if box.isChecked())
        self._model.change_settings(self.tr("Change metrics"), metrics=metrics)
        self._model.finish_edit()


def _chosen(parameters: tuple[Parameter, ...], values: dict[str, object]) -> dict[str, object]:
    """The values that are not the default."""
    return {one.name: values[one.name] for one in parameters if values[one.name] != one.default}
