from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Document
from gradloom.experiment.document_file import write
from gradloom_studio import app, theme
from gradloom_studio.theme import tokens
from gradloom_studio.window import FIRST_SIZE


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> list:
    """The windows that `run` opened, which the test closes."""
    windows = []
    original = app.open_window

    def remember(*arguments):
        windows.append(original(*arguments))
        qtbot.addWidget(windows[-1])
        return windows[-1]

    monkeypatch.setattr(app, "open_window", remember)
    return windows


def test_a_picture_of_the_trained_window(
    opened: list, compiled_ahead: None, chain: Document, tmp_path: Path
) -> None:
    path, picture = tmp_path / "chain.loom.toml", tmp_path / "window.png"
    write(chain, path)
    assert app.run(path=path, theme="dark", train=0.2, screenshot=picture) == 0
    image = QImage(str(picture))
    scale = opened[0].devicePixelRatioF()
    assert (image.width(), image.height()) == tuple(round(side * scale) for side in FIRST_SIZE)
    assert tokens.current() is tokens.DARK
    assert opened[0].runs.history.step > 0
    assert not opened[0].runs.active


def test_a_picture_shows_everything_laid_out_also_where_that_took_long(
    opened: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried, patient = tmp_path / "hurried.png", tmp_path / "patient.png"
    assert app.run(screenshot=patient) == 0
    monkeypatch.setattr(app, "IDLE_MS", 0)
    assert app.run(screenshot=hurried) == 0
    assert QImage(str(hurried)) == QImage(str(patient))


def test_the_window_lets_no_other_thread_collect_garbage(opened: list, tmp_path: Path) -> None:
    states: list[bool] = []
    gc.enable()
    QTimer.singleShot(0, lambda: states.append(gc.isenabled()))
    assert app.run(screenshot=tmp_path / "window.png") == 0
    assert states == [False]
    assert gc.isenabled()


def test_a_picture_that_cannot_be_written_is_an_error(opened: list, tmp_path: Path, capsys) -> None:
    assert app.run(screenshot=tmp_path / "no such folder" / "window.png") == 1
    assert "could not be written" in capsys.readouterr().err


def test_it_opens_ready_to_train(qtbot: QtBot, qapp: QApplication) -> None:
    window = app.open_window(qapp, None, None, "light")
    qtbot.addWidget(window)
    assert window.model.document.nodes
    assert window.train_bar.train.isEnabled()
    assert not window.model.dirty


def test_a_file_that_cannot_be_opened_leaves_the_example(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    window = app.open_window(qapp, tmp_path / "none.loom.toml", None, None)
    qtbot.addWidget(window)
    assert window.model.document.nodes
    window.show()
    assert "none.loom.toml" in window.messages.text


def test_the_remembered_theme_is_taken(qtbot: QtBot, qapp: QApplication) -> None:
    from gradloom_studio.settings import Settings

    settings = Settings()
    settings.theme = "dark"
    settings.save()
    qtbot.addWidget(app.open_window(qapp, None, "iris", None))
    assert theme.chosen() == "dark"


LOADED = """
import sys
from gradloom_studio import app
window = app.open_window(app.application(), None, None, "light")
window.show()
print([name for name in ("sqlite3", "pyqtgraph", "gradloom_studio.runs.panel") if name in sys.modules])
"""


def test_it_opens_without_what_is_needed_later() -> None:
    opened = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert opened.stdout.splitlines()[-1] == "[]"


CLOSED_WHILE_TRAINING = """
from PySide6.QtCore import QTimer
from gradloom_studio import app
opened = app.open_window

def close_soon(*arguments):
    window = opened(*arguments)
    window.runs.points_arrived.connect(window.close)
    QTimer.singleShot(0, window.train)
    return window

app.open_window = close_soon
raise SystemExit(app.run())
"""


def test_closing_while_it_trains_ends_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CLOSED_WHILE_TRAINING], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
