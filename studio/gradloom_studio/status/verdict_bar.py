"""The line at the bottom: how it goes in words, what is wrong, and how large the network is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from gradloom.experiment.analysis import Problem
from gradloom.experiment.document import Document
from gradloom_studio import theme
from gradloom_studio.cockpit.verdict import Verdict, verdict
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.run import RunController
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import ElidedLabel, label
from gradloom_studio.theme.tone import tone_picture
from gradloom_studio.words.graph import count_text


class VerdictBar(QFrame):
    """Reads the model and the run; a problem can be pressed to be shown on the canvas."""

    problem_pressed = Signal(object)

    def __init__(self, model: ExperimentModel, runs: RunController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self.setObjectName("verdictBar")
        self._model, self._runs = model, runs
        self._shown = Verdict("")
        self._picture = QLabel()
        self.words = ElidedLabel()
        self.outdated = label(role="muted")
        self.problem = QPushButton()
        self.problem.setProperty("role", "link")
        self.problem.clicked.connect(lambda: self.problem_pressed.emit(self._first_problem()))
        self.size_words = label(role="muted")
        self.zoom = label(role="muted")
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance("0000%"))
        self._assemble()
        model.analysis_changed.connect(self.refresh)
        model.document_changed.connect(self._show_outdated)
        runs.state_changed.connect(self.refresh)
        runs.run_ended.connect(self.refresh)
        runs.progressed.connect(self._show_words)
        theme.watcher.changed.connect(self._show_icon)
        self.refresh()

    def refresh(self, _news: object = None) -> None:
        """Say how things stand now."""
        self._show_words()
        self._show_outdated()
        analysis = self._model.analysis
        self.size_words.setText(self.tr("{0} parameters").format(count_text(analysis.parameter_count)))
        self._show_count(len(analysis.obstacles), len(analysis.problems))

    def _show_words(self) -> None:
        shown = self._verdict()
        if shown != self._shown:
            self._shown = shown
            self.words.setText(shown.text)
            self._show_icon()

    def _show_outdated(self, _change: object = None) -> None:
        """Say so where the canvas shows something else than what the run trains or has trained."""
        trained = self._runs.document
        outdated = trained is not None and _trained(trained) != _trained(self._model.located)
        going_on = self.tr("The run goes on with the experiment as it was.")
        self.outdated.setText(going_on if self._runs.active else self.tr("Changed since this run."))
        self.outdated.setVisible(outdated)

    def show_zoom(self, scale: float) -> None:
        """Say how large the canvas is drawn."""
        self.zoom.setText(f"{100 * scale:.0f}%")

    def _verdict(self) -> Verdict:
        obstacles = self._model.analysis.obstacles
        if obstacles and not self._runs.active:
            return Verdict(obstacles[0].message, "danger")
        return verdict(self._runs.state, self._runs.history, self._runs.awaited)

    def _first_problem(self) -> Problem | None:
        analysis = self._model.analysis
        return next(iter((*analysis.obstacles, *analysis.problems)), None)

    def _show_count(self, obstacles: int, problems: int) -> None:
        """Offer the way to the first problem, or to what is only worth knowing."""
        if obstacles:
            words = self.tr("Show it") if obstacles == 1 else self.tr("Show the first of {0}")
            self.problem.setText(words.format(obstacles))
        else:
            self.problem.setText(
                self.tr("1 hint") if problems == 1 else self.tr("{0} hints").format(problems)
            )
        self.problem.setAccessibleName(self.problem.text())
        self.problem.setVisible(bool(problems) and not self._runs.active)

    def _assemble(self) -> None:
        outer = QHBoxLayout(self)
        outer.setContentsMargins(tokens.spacing(3), tokens.spacing(1), tokens.spacing(3), tokens.spacing(1))
        outer.setSpacing(tokens.spacing(2))
        # High enough for the link that comes and goes.
        self.setMinimumHeight(tokens.spacing(9))
        outer.addWidget(self._picture)
        outer.addWidget(self.words, 1)
        outer.addWidget(self.outdated)
        outer.addWidget(self.problem)
        outer.addSpacing(tokens.spacing(2))
        outer.addWidget(self.size_words)
        outer.addSpacing(tokens.spacing(2))
        outer.addWidget(self.zoom)

    def _show_icon(self) -> None:
        self._picture.setPixmap(tone_picture(self._shown.tone))


def _trained(document: Document) -> tuple[object, ...]:
    """All of an experiment that a training depends on."""
    graph = (document.nodes, document.wires)
    return *graph, document.data, document.optimizer, document.schedule, document.metrics, document.training
