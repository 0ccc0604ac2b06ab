"""What goes wrong around the window: a damaged file, and a process that is killed while it trains."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gradloom.experiment.document_file import read, write
from gradloom.experiment.examples import read_example
from gradloom.experiment.runs import RunStore, default_folder
from gradloom_studio import app

CHANGED_WHILE_TRAINING = """
import sys
from pathlib import Path
from gradloom_studio import app

opened = app.open_window

def change_once_it_trains(*arguments):
    window = opened(*arguments)
    change = lambda: window.model.set_parameter("fc1", "out_features", 77)
    window.runs.points_arrived.connect(change)
    return window

app.open_window = change_once_it_trains
app.run(path=Path(sys.argv[1]), train=600)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The first example with far more epochs than anybody waits for."""
    document = read_example("mnist-mlp")
    training = document.training.model_copy(update={"epochs": 100_000})
    path = tmp_path / "long.loom.toml"
    write(document.model_copy(update={"training": training}), path)
    return path


def test_a_file_that_is_none_is_refused_and_what_was_open_stays(
    qtbot: QtBot, start: Callable[..., Any], tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.loom.toml"
    damaged.write_text('format = 1\n[nodes]\nfc1 = { kind = "Linear"\n', encoding="utf-8")
    hand = start()
    window, before = hand.window, hand.window.model.document

    window.commands["open"].trigger()
    dialog = window.findChild(QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(damaged))
    dialog.accept()
    qtbot.waitUntil(lambda: "damaged.loom.toml" in window.messages.text)
    assert "line 3" in window.messages.text
    assert window.model.document is before
    assert window.model.path is None
    assert window.train_bar.train.isEnabled()


def test_after_a_kill_the_next_start_is_clean_and_nothing_is_lost(
    qtbot: QtBot, start: Callable[..., Any], gradloom: Callable[..., Any], file: Path, tmp_path: Path
) -> None:
    content = file.read_bytes()
    kill_while_it_trains(qtbot, file, tmp_path / "journal")
    assert file.read_bytes() == content
    with closing(RunStore(default_folder())) as store:
        assert [run.state for run in store.runs()] == ["interrupted"]

    picture = tmp_path / "again.png"
    again = gradloom("studio", file, "--screenshot", picture)
    assert (again.returncode, again.stderr) == (0, "")
    assert picture.exists()

    window = start().window
    journal = app.keep_journal(window, resume=True)
    assert journal is not None
    try:
        assert "not saved" in window.messages.text
        assert window.model.path == file
        assert window.model.dirty
        assert window.model.document.nodes["fc1"].parameters["out_features"] == 77
        assert read(file).nodes["fc1"].parameters["out_features"] == 128
    finally:
        journal.close()


def kill_while_it_trains(qtbot: QtBot, file: Path, journal: Path) -> None:
    """Open the file in another process, train, change a parameter, and kill it once the change was kept."""
    process = subprocess.Popen([sys.executable, "-c", CHANGED_WHILE_TRAINING, str(file)])
    try:
        qtbot.waitUntil(
            lambda: any('"out_features":77' in kept.read_text() for kept in journal.glob("*.json"))
        )
        assert process.poll() is None
    finally:
        process.kill()
        process.wait(timeout=20)
