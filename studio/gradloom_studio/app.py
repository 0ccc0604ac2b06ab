"""The start of the window, from the terminal or from a test."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gradloom_studio import start

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from gradloom_studio.model.journal import Journal
    from gradloom_studio.model.rehearsals import Rehearsals
    from gradloom_studio.theme import Name
    from gradloom_studio.window import MainWindow

IDLE_MS = 150
"""After so long, what the window shows first is painted."""


def run(
    path: Path | None = None,
    example: str | None = None,
    theme: str | None = None,
    train: float | None = None,
    screenshot: Path | None = None,
) -> int:
    """Open the window and stay until it is closed; returns the exit code.

    Args:
        path: a file to open. Without it and without an example, the first example is opened.
        example: an example to open.
        theme: "light" or "dark" in place of what is remembered.
        train: train for so many seconds at once.
        screenshot: write a picture of the window there, once it is ready and trained, and quit.
    """
    load_core()
    if problem := start.obstacle(needs_display=screenshot is None):
        sys.stderr.write(f"{problem}\n")
        return 1
    from gradloom_studio.collector import collecting_here

    with collector_paused():
        app = application()
        window = open_window(app, path, example, theme)
        window.show()
    with collecting_here():
        if screenshot is not None:
            return _take_picture(window, train, screenshot)
        return _stay(app, window, train, resume=path is None and example is None)


def _stay(app: QApplication, window: MainWindow, train: float | None, *, resume: bool) -> int:
    """Run until the window is closed; returns the exit code."""
    journal = keep_journal(window, resume=resume)
    _load_plots_soon(window)
    rehearsals = rehearse(window)
    if train is not None:
        _train_for(window, train)
    # Python hears of Ctrl+C only once Qt calls it, which may be never. The journal keeps what is unsaved.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = app.exec()
    rehearsals.close()
    if journal is not None:
        journal.close()
    return code


@contextmanager
def collector_paused() -> Iterator[None]:
    """For a start: almost nothing that it makes is garbage, but looking for some takes a fifth of its time.

    What was made until the end is never looked through again either; it stays as long as the window.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def load_core() -> None:
    """Import core. Before Qt's bindings, since these read the source of what comes after them: 40 ms more."""
    import gradloom.experiment.analyse
    import gradloom.experiment.document_file
    import gradloom.experiment.trainer
    import gradloom.plugins.host  # noqa: F401


def application() -> QApplication:
    """The one application object of this process."""
    load_core()
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication(["gradloom"])
    assert isinstance(app, QApplication)
    app.setApplicationName("gradloom")
    app.setApplicationDisplayName("Gradloom")
    app.setDesktopFileName("gradloom")
    return app


def open_window(
    app: QApplication, path: Path | None, example: str | None, theme_name: str | None
) -> MainWindow:
    """A window with an experiment in it, not shown yet; what cannot be opened is said in the window."""
    from gradloom.plugins.host import load_plugins
    from gradloom_studio import theme
    from gradloom_studio.failures import Failures
    from gradloom_studio.files import FIRST_EXAMPLE
    from gradloom_studio.settings import Settings
    from gradloom_studio.window import MainWindow

    settings = Settings()
    chosen: Name = theme_name if theme_name in ("light", "dark") else settings.theme  # type: ignore[assignment]
    theme.apply(app, chosen)
    window = MainWindow(load_plugins(), settings)
    failures = Failures(window)
    failures.happened.connect(lambda words, details: window.messages.show_message(words, "danger", details))
    failures.install()
    window.destroyed.connect(failures.uninstall)
    window.files.open_example(FIRST_EXAMPLE)
    if path is not None:
        window.files.open(path)
    elif example is not None and example != FIRST_EXAMPLE:
        window.files.open_example(example)
    return window


def keep_journal(window: MainWindow, *, resume: bool) -> Journal | None:
    """Write unsaved work down from now on; with `resume`, first bring back what the last process lost.

    Where nothing can be written there, the window works without.
    """
    from gradloom_studio.model.journal import Journal
    from gradloom_studio.settings import settings_path

    try:
        journal = Journal(window.model, settings_path().parent / "journal")
    except OSError:
        return None
    if resume and journal.recover():
        words = window.tr("Here is what was not saved when Gradloom ended without being closed.")
        window.messages.show_message(words, "good")
    return journal


def rehearse(window: MainWindow) -> Rehearsals:
    """Compile ahead, from now on, what the window's experiment will need."""
    from gradloom_studio.model.rehearsals import Rehearsals

    return Rehearsals(window.model, window.runs, window.settings, window)


def _load_plots_soon(window: MainWindow) -> None:
    """The plots' library is slow to load; the window is there and can be used meanwhile."""
    from PySide6.QtCore import QTimer

    QTimer.singleShot(IDLE_MS, window, window.cockpit.load_plots)


def _train_for(window: MainWindow, seconds: float) -> None:
    from PySide6.QtCore import QTimer

    window.train()
    QTimer.singleShot(round(1000 * seconds), window, window.runs.stop)


def _take_picture(window: MainWindow, train: float | None, path: Path) -> int:
    """Show the window in its first size, wait, grab it with all the pixels of its screen, and write it."""
    from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

    from gradloom_studio.window import FIRST_SIZE

    window.resize(*FIRST_SIZE)
    window.cockpit.load_plots()
    if train is not None:
        window.train()
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * (train or 0)) + IDLE_MS, loop, loop.quit)
    loop.exec()
    # A large graph takes all of that time, and what is laid out after it would be seen half done.
    QCoreApplication.processEvents()
    written = window.grab().save(str(path), "PNG")
    window.runs.close()
    if not written:
        sys.stderr.write(f"The picture could not be written to {path}.\n")
    return 0 if written else 1
