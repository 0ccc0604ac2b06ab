"""Reading a data set beside the window, so that a large file never holds it up."""

from __future__ import annotations

import threading
from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal

from gradloom.data.sources.previews import Preview, preview
from gradloom.experiment.choices import ChoiceError
from gradloom.experiment.data_set import load_samples
from gradloom.experiment.document import Choice
from gradloom.plugins.catalogue import Catalogue

POLL_MS = 20
PICTURES, POINTS = 40, 500
"""How many samples are looked at: of pictures, and of rows of a table."""


class PreviewLoader(QObject):
    """Makes previews one at a time; only the answer to the latest question is given."""

    loaded = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked = 0
        self._answers: deque[tuple[int, Preview | str]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def busy(self) -> bool:
        return self._timer.isActive()

    def load(self, choice: Choice, catalogue: Catalogue) -> None:
        """Ask for the preview of a data set; an earlier question is forgotten."""
        self._asked += 1
        question = (self._asked, choice, catalogue)
        threading.Thread(target=self._work, args=question, name="gradloom-preview", daemon=True).start()
        self._timer.start()

    def _work(self, number: int, choice: Choice, catalogue: Catalogue) -> None:
        self._answers.append((number, read_preview(choice, catalogue)))

    def _poll(self) -> None:
        while self._answers:
            number, answer = self._answers.popleft()
            if number == self._asked:
                self._timer.stop()
                if isinstance(answer, str):
                    self.failed.emit(answer)
                else:
                    self.loaded.emit(answer)


def read_preview(choice: Choice, catalogue: Catalogue) -> Preview | str:
    """The preview of a data set, or a sentence on why there is none."""
    try:
        samples = load_samples(choice, catalogue)
        return preview(samples, PICTURES if len(samples.inputs["x"].shape) > 2 else POINTS)
    except (ChoiceError, ValueError, OSError) as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a plugin's data set may raise anything
        return f"{choice.kind} could not be read: {type(error).__name__}: {error}"
