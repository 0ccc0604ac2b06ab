"""The store of runs as a window may use it: every question is answered in a thread beside it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from gradloom.experiment.runs import RunStore

POLL_MS = 15
LAST_S = 2.0

Question = Callable[[RunStore], Any]
Answer = Callable[[Any], None]


class StoreThread(QObject):
    """Answers one question after the other; what cannot be done is said as `refused`."""

    refused = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._questions: SimpleQueue[tuple[Question, Answer] | None] = SimpleQueue()
        self._answers: deque[Callable[[], None]] = deque()
        self._asked = 0
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        self.destroyed.connect(partial(self._questions.put, None))

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked > 0

    def ask(self, question: Question, then: Answer = lambda answer: None) -> None:
        """Ask the store something, off the window's thread, and give the answer to `then`, in it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="gradloom-runs", daemon=True)
            self._thread.start()
        self._asked += 1
        self._questions.put((question, then))
        self._timer.start()

    def close(self) -> None:
        """End the thread; answers that are still to come never do."""
        self._timer.stop()
        if self._thread is not None:
            self._questions.put(None)
            self._thread.join(LAST_S)
            self._thread = None

    def _work(self) -> None:
        store = RunStore(self.folder)
        while (asked := self._questions.get()) is not None:
            if store.trouble:
                # Perhaps the disk is back.
                store.close()
                store = RunStore(self.folder)
            question, then = asked
            try:
                self._answers.append(partial(then, question(store)))
            except (OSError, ValueError) as error:
                self._answers.append(partial(self._refuse, str(error)))
        store.close()

    def _refuse(self, reason: str) -> None:
        self.refused.emit(reason)

    def _poll(self) -> None:
        while self._answers:
            self._asked -= 1
            self._answers.popleft()()
        if not self._asked:
            self._timer.stop()
