"""What the open experiment needs is compiled ahead, beside the window and never in its way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom.experiment.document_file import parse
from gradloom_studio.model import rehearsals
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.rehearsals import Rehearsals
from gradloom_studio.model.run import RunController
from gradloom_studio.settings import Settings

KEEP = "import sys; open({file!r}, 'a').write(sys.stdin.read() + '\\0'); print('done'); sys.exit({code})"


class Desk:
    """A model, and rehearsals of it by a process that writes down what it gets."""

    def __init__(self, model: ExperimentModel, folder: Path) -> None:
        self.model, self.runs, self.settings = model, RunController(), Settings()
        self.file = folder / "received"
        self.made: list[Rehearsals] = []

    def rehearse(self, code: int = 0, command: tuple[str, ...] = ()) -> Rehearsals:
        keep = KEEP.format(file=str(self.file), code=code)
        command = command or (sys.executable, "-c", keep)
        self.made.append(Rehearsals(self.model, self.runs, self.settings, command=command))
        return self.made[-1]

    @property
    def received(self) -> list[str]:
        return self.file.read_text().split("\0")[:-1] if self.file.exists() else []


@pytest.fixture
def desk(model: ExperimentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(rehearsals, "QUIET_MS", 0)
    monkeypatch.setattr(rehearsals, "has_compiler", lambda: True)
    # Whatever kernels there are here.
    monkeypatch.setattr(rehearsals, "edition", lambda: "this edition")
    made = Desk(model, tmp_path)
    yield made
    for each in made.made:
        each.close()


def test_the_experiment_is_compiled_once(qtbot: QtBot, desk: Desk) -> None:
    first = desk.rehearse()
    qtbot.waitSignal(first.ended).wait()
    (text,) = desk.received
    assert parse(text) == desk.model.located
    second = desk.rehearse()
    for each in (first, second):
        each.begin()
        assert not each.active


def test_after_edits_it_is_compiled_anew_by_one_process_at_a_time(qtbot: QtBot, desk: Desk) -> None:
    made = desk.rehearse()
    qtbot.waitUntil(lambda: made.active)
    for width in (16, 24, 48):
        desk.model.set_parameter("fc1", "out_features", width)
        made.begin()
    qtbot.waitUntil(lambda: len(desk.received) == 2 and not made.active)
    last = parse(desk.received[-1])
    assert last.nodes["fc1"].parameters["out_features"] == 48


def test_moving_a_node_is_no_reason(qtbot: QtBot, desk: Desk) -> None:
    made = desk.rehearse()
    qtbot.waitSignal(made.ended).wait()
    desk.model.move({"fc1": (10.0, 20.0)})
    made.begin()
    assert not made.active


@pytest.mark.parametrize("command", [(), ("no-such-program-anywhere",)])
def test_a_failure_is_silent_and_not_repeated_until_something_changes(
    qtbot: QtBot, desk: Desk, command: tuple[str, ...]
) -> None:
    made = desk.rehearse(code=2, command=command)
    qtbot.waitSignal(made.ended).wait()
    assert desk.settings.compiled == ()
    made.begin()
    assert not made.active


def test_nothing_runs_where_nothing_can_be_trained(qtbot: QtBot, desk: Desk) -> None:
    made = desk.rehearse()
    desk.model.remove(["loss"])
    made.begin()
    assert not made.active


def test_a_run_comes_first(qtbot: QtBot, desk: Desk) -> None:
    made = desk.rehearse()
    desk.runs.train(desk.model.located, desk.model.catalogue)
    made.begin()
    assert not made.active
    with qtbot.waitSignal(made.ended):
        desk.runs.stop()


def test_nothing_runs_without_a_compiler(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsals, "has_compiler", lambda: False)
    made = desk.rehearse()
    desk.model.set_parameter("fc1", "out_features", 16)
    QApplication.processEvents()
    assert not made.active


def test_closing_ends_the_process_at_once(qtbot: QtBot, desk: Desk) -> None:
    made = desk.rehearse(command=(sys.executable, "-c", "import threading; threading.Event().wait()"))
    qtbot.waitUntil(lambda: made.active)
    made.close()
    assert not made.active
    assert desk.settings.compiled == ()


def test_files_beside_the_window_are_no_modules(tmp_path: Path) -> None:
    (tmp_path / "typing.py").write_text("raise SystemExit('the file of the user')")
    done = subprocess.run(rehearsals.COMMAND, input="", cwd=tmp_path, capture_output=True, text=True)
    assert "the file of the user" not in done.stderr


def test_only_so_many_are_remembered(desk: Desk) -> None:
    for number in range(100):
        desk.settings.remember_compiled(str(number))
    assert desk.settings.compiled[0] == "99"
    assert len(desk.settings.compiled) == 64
