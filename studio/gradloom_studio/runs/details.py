"""What is known of the selected runs, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gradloom.experiment.runs import Run
from gradloom_studio import theme
from gradloom_studio.runs.run_words import figures, progress, state_word
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import ElidedLabel, label
from gradloom_studio.words.moments import duration, moment


class RunDetails(QFrame):
    """Facts on one run, or how many are selected; deleting asks here, in the place of the buttons."""

    go_on_requested = Signal()
    restore_requested = Signal()
    export_requested = Signal()
    delete_confirmed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self._runs: tuple[Run, ...] = ()
        self.busy = False
        self.title = ElidedLabel(role="heading")
        self.hint = label(role="muted", wrap=True)
        self.message = label(wrap=True)
        self.message.setProperty("tone", "danger")
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(tokens.spacing(3))
        self._facts.setVerticalSpacing(tokens.spacing(1))
        self._facts.setColumnStretch(1, 1)
        self._values = {name: self._fact(row, name) for row, name in enumerate(self._names())}
        self.go_on = self._button(self.tr("Go on"), self.go_on_requested.emit)
        self.restore = self._button(self.tr("Restore"), self.restore_requested.emit)
        self.export = self._tool(self.tr("Save weights"), self.export_requested.emit)
        self.delete = self._tool(self.tr("Delete"), self.ask)
        self.question = label(wrap=True)
        self.confirm = self._button(self.tr("Delete"), self._on_confirmed)
        self.keep = self._button(self.tr("Keep"), self.cancel)
        self._foot = QStackedWidget()
        self._assemble()
        self._show_icons()
        theme.watcher.changed.connect(self._show_icons)

    @property
    def asking(self) -> bool:
        """Whether it is asked if the runs may be deleted."""
        return self._foot.currentIndex() == 1

    def show_runs(self, runs: Sequence[Run], hint: str = "", *, busy: bool = False) -> None:
        """Show these runs, the selected ones; `hint` says what else is to be known of them.

        While the window is `busy` with a training, no other run can go on.
        """
        self.busy = busy
        if [run.id for run in runs] != [run.id for run in self._runs]:
            self.cancel()
        self._runs = tuple(runs)
        self.setVisible(bool(runs))
        one = runs[0] if len(runs) == 1 else None
        self.title.setText(one.name if one else self.tr("{0} runs").format(len(runs)))
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.message.setText(one.message if one else "")
        self.message.setVisible(bool(one and one.message))
        for name, (heading, value) in self._values.items():
            words = self._value(one, name) if one else ""
            value.setText(words)
            heading.setVisible(bool(words))
            value.setVisible(bool(words))
        self._enable(one)

    def ask(self) -> None:
        """Ask whether the runs may be deleted."""
        if not self.delete.isEnabled():
            return
        many = self.tr("Delete these {0} runs with their weights?").format(len(self._runs))
        self.question.setText(self.tr("Delete this run with its weights?") if len(self._runs) == 1 else many)
        self._foot.setCurrentIndex(1)
        self.confirm.setFocus(Qt.FocusReason.OtherFocusReason)

    def cancel(self) -> None:
        """Ask no more, and keep the runs."""
        had_focus = self.confirm.hasFocus() or self.keep.hasFocus()
        self._foot.setCurrentIndex(0)
        if had_focus:
            self.delete.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.asking:
            self.cancel()
        else:
            super().keyPressEvent(event)

    def _on_confirmed(self) -> None:
        self._foot.setCurrentIndex(0)
        self.delete_confirmed.emit()

    def _enable(self, one: Run | None) -> None:
        going_on = any(run.state in ("running", "paused") for run in self._runs)
        only_one = self.tr("Select a single run for that.")
        tip, why_not = self.tr("Train on from where it ended, with the same bits"), self._why_not_on(one)
        _set(self.go_on, not why_not, tip, why_not)
        _set(self.restore, one is not None, self.tr("Put this run's experiment onto the canvas"), only_one)
        _set(self.export, one is not None, self.tr("Save this run's weights as safetensors"), only_one)
        why_not = self.tr("It is still training; stop it first.")
        _set(self.delete, not going_on, self.tr("Delete what is kept of it (Del)"), why_not)

    def _why_not_on(self, one: Run | None) -> str:
        """Why the selected run cannot go on; empty where it can."""
        if one is None:
            return self.tr("Select a single run for that.")
        if one.state in ("running", "paused"):
            return self.tr("It is still training.")
        if self.busy:
            return self.tr("Another run is training; stop it first.")
        return self.tr("It has trained all its epochs.") if one.epoch >= one.epochs else ""

    def _names(self) -> dict[str, str]:
        return {
            "state": self.tr("State"),
            "validation": self.tr("Validation"),
            "started": self.tr("Started"),
            "took": self.tr("Took"),
            "steps": self.tr("Steps"),
            "seed": self.tr("Seed"),
            "id": self.tr("Run"),
        }

    def _value(self, run: Run, name: str) -> str:
        match name:
            case "state":
                words = progress(run)
                return f"{state_word(run.state)}, {words}" if run.state == "finished" else words
            case "validation":
                return figures(run)
            case "started":
                now = datetime.now(UTC).astimezone()
                return moment(run.started.astimezone(now.tzinfo), now)
            case "took":
                return duration(run.seconds) if run.state not in ("running", "paused") else ""
            case "steps":
                return f"{run.step:,}"
            case "seed":
                return str(run.seed)
            case _:
                return run.id

    def _fact(self, row: int, name: str) -> tuple[QWidget, ElidedLabel]:
        heading, value = label(self._names()[name], "muted"), ElidedLabel()
        self._facts.addWidget(heading, row, 0)
        self._facts.addWidget(value, row, 1)
        return heading, value

    def _assemble(self) -> None:
        space = tokens.spacing
        column = QVBoxLayout(self)
        column.setContentsMargins(space(4), space(3), space(3), space(3))
        column.setSpacing(space(2))
        column.addWidget(self.title)
        column.addWidget(self.hint)
        column.addWidget(self.message)
        column.addLayout(self._facts)
        column.addSpacing(space(1))
        buttons, question = QWidget(), QWidget()
        row = QHBoxLayout(buttons)
        asked = QVBoxLayout(question)
        answers = QHBoxLayout()
        for layout, shown in ((row, (self.go_on, self.restore)), (answers, (self.confirm, self.keep))):
            layout.setSpacing(space(2))
            for button in shown:
                layout.addWidget(button)
            layout.addStretch(1)
        row.addWidget(self.export)
        row.addWidget(self.delete)
        asked.addWidget(self.question)
        asked.addLayout(answers)
        for layout in (row, asked):
            layout.setContentsMargins(0, 0, 0, 0)
        self._foot.addWidget(buttons)
        self._foot.addWidget(question)
        column.addWidget(self._foot)

    def _show_icons(self) -> None:
        theme.put_icon(self.restore, "workflow")
        theme.put_icon(self.go_on, "play")
        self.export.setIcon(theme.icon("save"))
        self.delete.setIcon(theme.icon("trash-2"))
        theme.put_icon(self.confirm, "trash-2", "danger")

    def _button(self, text: str, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        _connect(button, text, pressed)
        return button

    def _tool(self, name: str, pressed: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        _connect(button, name, pressed)
        return button


def _connect(button: QAbstractButton, name: str, pressed: Callable[[], object]) -> None:
    button.setAccessibleName(name)
    button.clicked.connect(lambda _checked=False: pressed())


def _set(button: QAbstractButton, enabled: bool, tip: str, why_not: str) -> None:
    button.setEnabled(enabled)
    button.setToolTip(tip if enabled else why_not)
