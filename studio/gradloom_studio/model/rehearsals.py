"""Compiling ahead what the open experiment will need, while the window has nothing else to do."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from gradloom.experiment.document_file import render
from gradloom.experiment.training import digest
from gradloom.kernels.counterpart import has_compiler
from gradloom.kernels.edition import edition
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.run import RunController
from gradloom_studio.settings import Settings

QUIET_MS = 2000
"""So long nothing must have changed."""

COMMAND = (sys.executable, "-P", "-m", "gradloom", "compile", "--background", "-")
"""Reads an experiment, and compiles its kernels at the lowest priority.

`-P`, so that no file of the user's beside which the window was opened stands in for a module of that name.
"""

_log = logging.getLogger(__name__)


class Rehearsals(QObject):
    """Runs `gradloom compile` of the experiment as it is, in one process at a time, until that is closed.

    Not while something trains, which compiles by itself what is not on disk yet; and not for what was
    compiled before, which the settings remember. Nobody is told of it, also where it fails.
    """

    ended = Signal()

    def __init__(
        self,
        model: ExperimentModel,
        runs: RunController,
        settings: Settings,
        parent: QObject | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        super().__init__(parent)
        self._model, self._runs, self._settings = model, runs, settings
        self._command = command
        self._tried: set[str] = set()
        self._name = ""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(QUIET_MS)
        self._soon.timeout.connect(self.begin)
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        if has_compiler():
            model.document_changed.connect(self._wait)
            runs.state_changed.connect(self._wait)
            self._wait()

    @property
    def active(self) -> bool:
        return self._process.state() != QProcess.ProcessState.NotRunning

    def begin(self) -> None:
        """Begin now, if there is anything to compile and nothing in the way."""
        if self.active or self._runs.active or self._model.analysis.obstacles:
            return
        document = self._model.located
        name = f"{edition()}-{digest(document)[:16]}"
        if name in self._tried or name in self._settings.compiled:
            return
        self._tried.add(name)
        self._name = name
        self._process.start(self._command[0], [*self._command[1:]])
        self._process.write(render(document).encode())
        self._process.closeWriteChannel()

    def close(self) -> None:
        """End the process at once. What it has compiled is kept."""
        self._soon.stop()
        self._process.blockSignals(True)
        self._process.kill()
        self._process.waitForFinished()

    def _wait(self, _news: object = None) -> None:
        self._soon.start()

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        said = bytes(self._process.readAll().data()).decode(errors="replace").strip()
        _log.debug("compiling ahead ended with code %d: %s", code, said)
        if status == QProcess.ExitStatus.NormalExit and code == 0:
            self._settings.remember_compiled(self._name)
        self.ended.emit()
        self._wait()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        _log.debug("compiling ahead: %s", self._process.errorString())
        if error == QProcess.ProcessError.FailedToStart:
            self.ended.emit()
