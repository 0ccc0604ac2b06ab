"""What nobody foresaw: the window says so in one line and lives on."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Signal, Slot


class Failures(QObject):
    """Catches exceptions that nobody caught, in any thread, and tells of them in the window's own.

    `happened` carries a sentence and the traceback. The traceback also goes to the terminal.
    """

    happened = Signal(str, str)
    _caught = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before = (sys.excepthook, threading.excepthook)
        self._caught.connect(self._tell)

    def install(self) -> None:
        """Start catching."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def uninstall(self) -> None:
        """Leave it to Python again."""
        sys.excepthook, threading.excepthook = self._before

    def _on_thread_exception(self, hook: threading.ExceptHookArgs) -> None:
        if hook.exc_value is not None:
            self._on_exception(hook.exc_type, hook.exc_value, hook.exc_traceback)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        if sys.stderr is not None:
            sys.stderr.write(details)
        self._caught.emit(f"{kind.__name__}: {error}".strip(": "), details)

    @Slot(str, str)
    def _tell(self, error: str, details: str) -> None:
        words = self.tr("Something went wrong inside Gradloom, and your experiment is still here. {0}")
        self.happened.emit(words.format(error), details)
