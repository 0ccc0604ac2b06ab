from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QMenu

from gradloom.experiment.document_file import read
from gradloom_studio.files import Files, with_suffix
from gradloom_studio.window import MainWindow


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch):
    """Choose what the question about unsaved changes is answered with; fails where nothing was chosen."""

    def choose(words: str) -> None:
        monkeypatch.setattr(Files, "ask_about_changes", lambda files: words)

    def refuse(files: Files) -> None:
        pytest.fail("It asked about changes, but there were none.")

    monkeypatch.setattr(Files, "ask_about_changes", refuse)
    return choose


def change(window: MainWindow) -> None:
    window.model.set_parameter("fc1", "out_features", 7)


def test_saving_writes_the_document_and_clears_the_marker(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "chain.loom.toml"
    window.model.save(path)
    change(window)
    assert window.isWindowModified()
    assert window.files.save()
    assert not window.isWindowModified()
    assert read(path).nodes["fc1"].parameters["out_features"] == 7
    assert "chain.loom.toml" in window.windowTitle()
    assert window.settings.recent == (path,)


def test_saving_for_the_first_time_asks_where(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.loom.toml"
    monkeypatch.setattr(Files, "ask_where_to_save", lambda files: path)
    assert window.files.save()
    assert window.model.path == path
    monkeypatch.setattr(Files, "ask_where_to_save", lambda files: None)
    assert not window.files.save_as()


def test_a_name_that_gets_its_suffix_replaces_no_file_unasked(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog asks about the name as it was typed, and of that there is no file."""
    taken = tmp_path / "mine.loom.toml"
    taken.write_text("precious")
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda dialog: [str(tmp_path / "mine.toml")])
    assert not window.files.save_as()
    assert taken.read_text() == "precious"
    assert window.messages.text == "mine.loom.toml is there already; choose it itself to replace it."
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda dialog: [str(taken)])
    assert window.files.save_as()


def test_what_was_saved_elsewhere_meanwhile_is_not_replaced_at_once(
    window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "chain.loom.toml"
    window.model.save(path)
    assert window.files.open(path)
    text = path.read_text(encoding="utf-8").replace("out_features = 32", "out_features = 12")
    path.write_text(text, encoding="utf-8")
    change(window)
    assert not window.files.save()
    assert window.messages.text.startswith("chain.loom.toml was changed elsewhere meanwhile.")
    assert read(path).nodes["fc1"].parameters["out_features"] == 12
    assert window.files.save()
    assert read(path).nodes["fc1"].parameters["out_features"] == 7
    change(window)
    assert window.files.save()


def test_a_file_that_cannot_be_written_is_said_and_stays_unsaved(window: MainWindow, tmp_path: Path) -> None:
    change(window)
    window.model._path = tmp_path / "no such folder" / "chain.loom.toml"
    assert not window.files.save()
    assert "folder does not exist" in window.messages.text
    assert window.model.dirty


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"format = 99",
        b"nodes = 3",
        b"[",
        b"\xff\xfe\x00",
        b'format = 1\n[nodes]\na = {kind = "',
        b"\x00" * 100,
    ],
)
def test_a_damaged_file_is_refused_and_what_was_open_stays(
    window: MainWindow, tmp_path: Path, content: bytes, answer
) -> None:
    change(window)
    before = window.model.document
    path = tmp_path / "bad.loom.toml"
    path.write_bytes(content or b"format = 'x'")
    assert not window.files.open(path)
    assert window.model.document is before
    assert window.model.dirty
    assert "bad.loom.toml" in window.messages.text


def test_a_missing_file_is_refused_and_forgotten(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "gone.loom.toml"
    window.settings.remember_file(path)
    assert not window.files.open(path)
    assert "gone.loom.toml" in window.messages.text
    assert window.settings.recent == ()


def test_opening_another_experiment_asks_about_changes(window: MainWindow, answer) -> None:
    change(window)
    answer("cancel")
    assert not window.files.open_example("iris")
    assert window.model.document.name == "Chain"
    answer("discard")
    assert window.files.open_example("iris")
    assert window.model.document.name != "Chain"
    assert not window.model.dirty


def test_changes_can_be_saved_on_the_way(window: MainWindow, tmp_path: Path, answer) -> None:
    path = tmp_path / "chain.loom.toml"
    window.model.save(path)
    change(window)
    answer("save")
    window.files.new()
    assert read(path).nodes["fc1"].parameters["out_features"] == 7
    assert window.model.document.nodes == {}
    assert window.model.path is None


def test_an_unknown_example_is_refused(window: MainWindow) -> None:
    assert not window.files.open_example("no-such-example")
    assert "no-such-example" in window.messages.text
    assert window.model.document.name == "Chain"


def test_a_file_dropped_on_the_window_is_opened(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "dropped.loom.toml"
    window.model.save(path)
    window.files.new()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    drop = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    window.dropEvent(drop)
    assert window.model.path == path


def test_recent_files_are_offered_by_name(window: MainWindow, tmp_path: Path) -> None:
    for name in ("one", "two"):
        window.model.save(tmp_path / f"{name}.loom.toml")
        window.settings.remember_file(tmp_path / f"{name}.loom.toml")
    recent = next(menu for menu in window.findChildren(QMenu) if menu.title() == "Open recent")
    recent.aboutToShow.emit()
    assert [action.text() for action in recent.actions()][:2] == ["two.loom.toml", "one.loom.toml"]
    recent.actions()[1].trigger()
    assert window.model.path == tmp_path / "one.loom.toml"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a", "a.loom.toml"),
        ("a.toml", "a.loom.toml"),
        ("a.loom", "a.loom.toml"),
        ("a.loom.toml", "a.loom.toml"),
    ],
)
def test_the_suffix_is_added_once(given: str, expected: str) -> None:
    assert with_suffix(Path(given)).name == expected
