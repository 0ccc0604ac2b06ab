"""The start after a crash: lost work is there again, and an asked-for file comes first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gradloom.experiment.document import Document
from gradloom_studio import app
from gradloom_studio.model.journal import Entry
from gradloom_studio.window import MainWindow


@pytest.fixture
def left_behind() -> Path:
    """An entry of a process that is no more."""
    folder = Path(os.environ["GRADLOOM_SETTINGS"]).parent / "journal"
    folder.mkdir(parents=True)
    file = folder / "dead.journal.json"
    file.write_text(Entry(document=Document(name="precious")).model_dump_json())
    return file


def test_lost_work_is_there_again_unsaved(window: MainWindow, left_behind: Path) -> None:
    journal = app.keep_journal(window, resume=True)
    assert journal is not None
    assert window.model.document.name == "precious"
    assert window.model.dirty
    assert not left_behind.exists()
    journal.close()


def test_lost_work_waits_while_something_else_was_asked_for(window: MainWindow, left_behind: Path) -> None:
    before = window.model.document
    journal = app.keep_journal(window, resume=False)
    assert journal is not None
    journal.close()
    assert window.model.document == before
    assert left_behind.exists()


def test_the_window_works_where_no_journal_can_be_kept(window: MainWindow) -> None:
    (Path(os.environ["GRADLOOM_SETTINGS"]).parent / "journal").write_text("a file in the way")
    assert app.keep_journal(window, resume=True) is None
