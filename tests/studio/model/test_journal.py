"""Unsaved work survives the process that did it, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Document
from gradloom.plugins import Catalogue
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.journal import Journal, lost_work

VICTIM = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from gradloom.experiment.document import Document
from gradloom.plugins import Catalogue
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.journal import Journal

application = QCoreApplication([])
model = ExperimentModel(Catalogue({}), Document())
journal = Journal(model, Path(sys.argv[1]))
model.change_settings(name="precious")
journal.write()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def other(qapp: object, catalogue: Catalogue) -> ExperimentModel:
    """The model of the next start."""
    return ExperimentModel(catalogue, Document(name="example"))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_work_of_a_killed_process_comes_back(other: ExperimentModel, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", VICTIM, str(tmp_path)], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    )
    assert ended.returncode == -signal.SIGKILL
    journal = Journal(other, tmp_path)
    assert journal.recover()
    assert other.document.name == "precious"
    assert other.dirty
    assert not journal.recover()
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_an_edit_is_written_down_soon(qtbot: QtBot, model: ExperimentModel, tmp_path: Path) -> None:
    journal = Journal(model, tmp_path)
    model.remove(["fc1"])
    qtbot.waitUntil(lambda: bool(list(tmp_path.glob("*.json"))))
    journal.close()


def test_work_of_a_living_process_is_not_lost(
    model: ExperimentModel, other: ExperimentModel, tmp_path: Path
) -> None:
    first, second = Journal(model, tmp_path), Journal(other, tmp_path)
    model.remove(["fc1"])
    first.write()
    assert not second.recover()
    assert other.document.name == "example"
    first.close()
    second.close()


def test_what_is_saved_or_undone_needs_no_entry(model: ExperimentModel, tmp_path: Path) -> None:
    journal = Journal(model, tmp_path / "journal")
    for settle in (model.undo_stack.undo, lambda: model.save(tmp_path / "saved.loom.toml")):
        model.change_settings(name="other")
        journal.write()
        assert list((tmp_path / "journal").glob("*.json"))
        settle()
        journal.write()
        assert not list((tmp_path / "journal").glob("*.json"))
    journal.close()


def test_an_entry_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.journal.json").write_text("{")
    (tmp_path / "b.journal.json").write_bytes(b"\xff\x00")
    assert lost_work(tmp_path) is None
    assert lost_work(tmp_path / "missing") is None


def test_the_file_that_the_work_belongs_to_comes_back_too(
    model: ExperimentModel, other: ExperimentModel, tmp_path: Path
) -> None:
    saved = tmp_path / "work.loom.toml"
    model.save(saved)
    journal = Journal(model, tmp_path)
    model.change_settings(name="later")
    journal.write()
    left_behind = next(tmp_path.glob("*.json")).read_bytes()
    journal.close()
    (tmp_path / "dead.journal.json").write_bytes(left_behind)
    heir = Journal(other, tmp_path)
    assert heir.recover()
    assert (other.document.name, other.path) == ("later", saved)
    heir.close()
