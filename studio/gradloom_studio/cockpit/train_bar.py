"""The controls of a run: train, pause, step and stop, with its progress beside them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from gradloom_studio import theme
from gradloom_studio.model.run import RunController
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import SteadyLabel
from gradloom_studio.words.figures import rate

STEPS_OF_BAR = 200
ICON_ROOM = QSize(22, 16)
"""Wider than the icon, since the style leaves too little space between an icon and its text."""


class TrainBar(QWidget):
    """Buttons that ask, and a bar that shows progress; the window connects requests to what they start."""

    train_requested = Signal()
    step_requested = Signal()

    def __init__(self, runs: RunController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Training"))
        self._runs = runs
        self._blocked = ""
        self.train = self._button(self.tr("Train"), "play", self._on_train)
        self.train.setObjectName("primary")
        self.pause = self._button(self.tr("Pause"), "pause", self._on_pause)
        self.step = self._button(self.tr("Step"), "step-forward", self.step_requested.emit)
        self.stop = self._button(self.tr("Stop"), "square", runs.stop)
        self.epoch = SteadyLabel(self.tr("epoch {now}/{all}").format(now="0000", all="0000"))
        self.progress = QProgressBar()
        self.progress.setRange(0, STEPS_OF_BAR)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of training"))
        self.rate = SteadyLabel("000.0k/s", role="muted")
        self.rate.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._assemble()
        runs.state_changed.connect(self._show_state)
        runs.run_started.connect(self._show_progress)
        runs.progressed.connect(self._show_progress)
        runs.run_ended.connect(self._show_progress)
        theme.watcher.changed.connect(self._show_icons)
        self._show_icons()
        self._show_state(runs.state)

    def set_blocked(self, reason: str) -> None:
        """Say why training cannot start now; an empty reason lets it start."""
        if reason != self._blocked:
            self._blocked = reason
            self._show_state(self._runs.state)

    def _assemble(self) -> None:
        space = tokens.spacing
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space(2))
        for button in (self.train, self.pause, self.step, self.stop):
            row.addWidget(button)
        row.addSpacing(space(3))
        row.addWidget(self.epoch)
        # A narrow window takes its room from the bar before it takes buttons away.
        self.progress.setMinimumWidth(space(10))
        self.progress.setMaximumWidth(space(36))
        row.addWidget(self.progress)
        row.addWidget(self.rate)

    def _button(self, text: str, icon: str, pressed: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("icon_name", icon)
        button.setIconSize(ICON_ROOM)
        button.setAccessibleName(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _checked=False: pressed())
        return button

    def _on_train(self) -> None:
        if self._runs.state == "paused":
            self._runs.resume()
        else:
            self.train_requested.emit()

    def _on_pause(self) -> None:
        if self._runs.state == "paused":
            self._runs.resume()
        else:
            self._runs.pause()

    def _show_state(self, state: str) -> None:
        active = self._runs.active
        paused = state == "paused"
        self._set(self.train, not active and not self._blocked, self._train_tip(active))
        self.pause.setText(self.tr("Resume") if paused else self.tr("Pause"))
        self.pause.setAccessibleName(self.pause.text())
        nothing = self.tr("Nothing is training.")
        self._set(self.pause, active, self.tr("Pause between two batches") if not paused else "", nothing)
        step_tip = self._blocked if not active else self.tr("Pause first, then go batch by batch.")
        self._set(
            self.step, paused or (not active and not self._blocked), self.tr("Train one batch"), step_tip
        )
        self._set(self.stop, active, self.tr("Stop this run"), nothing)
        self._show_icons()
        self._show_progress()

    def _train_tip(self, active: bool) -> str:
        if active:
            return self.tr("A run is going on.")
        return self._blocked or self.tr("Train the network from the start (Space)")

    @staticmethod
    def _set(button: QPushButton, enabled: bool, tip: str, why_not: str | None = None) -> None:
        button.setEnabled(enabled)
        button.setToolTip(tip if enabled or why_not is None else why_not)

    def _show_icons(self) -> None:
        for button in (self.train, self.pause, self.step, self.stop):
            name = str(button.property("icon_name"))
            if button is self.pause and self._runs.state == "paused":
                name = "play"
            button.setIcon(theme.icon(name, "accent_text" if button is self.train else "text"))

    def _show_progress(self, _event: object = None) -> None:
        history = self._runs.history
        started = history.started
        if started is None:
            self.epoch.setText("")
            self.progress.setValue(0)
            self.progress.setVisible(self._runs.active)
            self.rate.setText("")
            return
        total = max(1, started.epochs * started.batches_per_epoch)
        epoch = min(started.epochs, history.step // started.batches_per_epoch + 1)
        self.epoch.setText(self.tr("epoch {now}/{all}").format(now=epoch, all=started.epochs))
        self.progress.setVisible(True)
        self.progress.setValue(STEPS_OF_BAR * history.step // total)
        if history.last_epoch is not None:
            self.rate.setText(rate(history.last_epoch.samples_per_second))
