"""Data beside the experiment's file: found, kept when the file moves, and noticed when they change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Choice, Document
from gradloom.experiment.document_file import DocumentError, read
from gradloom.plugins import Catalogue
from gradloom_studio.inspector.fields import PathField
from gradloom_studio.inspector.inspector import Inspector
from gradloom_studio.inspector.settings_page import SettingsPage
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.run import RunController


def table(path: Path, rows: int = 30) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{row % 7}.5,{row % 5}.25,{'ab'[row % 2]}" for row in range(rows)]
    path.write_text("\n".join(["u,v,class", *lines]), encoding="utf-8")
    return path


def reading(document: Document, path: str) -> Document:
    source = Choice(kind="csv", parameters={"path": path})
    settings = document.data.model_copy(update={"source": source})
    return document.model_copy(update={"data": settings})


def path_in(document: Document) -> object:
    return document.data.source.parameters["path"]


def data_problems(model: ExperimentModel) -> list[str]:
    return [problem.message for problem in model.analysis.problems if problem.code == "data"]


@pytest.fixture
def project(model: ExperimentModel, chain: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an experiment that reads a table beside its file, while the process is elsewhere."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "project"
    table(folder / "points.csv")
    model.open(reading(chain, "points.csv"))
    model.open(model.document, folder / "points.loom.toml")
    return folder


def test_the_analysis_reads_data_beside_the_file(model: ExperimentModel, project: Path) -> None:
    assert model.analysis.nodes["image"].output == (2,)
    assert path_in(model.document) == "points.csv"
    model.open(model.document, None)
    (message,) = data_problems(model)
    assert message == f"There is no file '{Path.cwd() / 'points.csv'}'; check its name and folder."


def test_a_run_reads_data_beside_the_file(
    qtbot: QtBot, model: ExperimentModel, project: Path, catalogue: Catalogue
) -> None:
    model.change_settings(training=model.document.training.model_copy(update={"epochs": 1}))
    model.set_parameter("fc2", "out_features", 2)
    runs = RunController()
    with qtbot.waitSignal(runs.run_ended) as ended:
        runs.train(model.located, catalogue)
    assert ended.args[0].outcome == "finished", ended.args[0].failure


def test_saving_elsewhere_keeps_the_data_also_for_undo(
    model: ExperimentModel, project: Path, tmp_path: Path
) -> None:
    table(project / "data" / "more.csv")
    model.change_settings(data=reading(model.document, "data/more.csv").data)
    model.save(tmp_path / "points.loom.toml")
    assert path_in(model.document) == path_in(read(tmp_path / "points.loom.toml")) == "project/data/more.csv"
    assert not model.dirty
    (tmp_path / "away").mkdir()
    model.save(tmp_path / "away" / "points.loom.toml")
    assert path_in(model.document) == (project / "data" / "more.csv").as_posix()
    model.undo_stack.undo()
    assert path_in(model.document) == (project / "points.csv").as_posix()
    assert data_problems(model) == []
    model.undo_stack.redo()
    assert not model.dirty
    assert data_problems(model) == []


def test_a_save_that_fails_leaves_the_paths(model: ExperimentModel, project: Path, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be saved"):
        model.save(tmp_path / "gone" / "points.loom.toml")
    assert path_in(model.document) == "points.csv"
    assert model.path == project / "points.loom.toml"


def test_a_file_that_is_put_right_is_noticed(model: ExperimentModel, project: Path) -> None:
    data = project / "points.csv"
    data.unlink()
    assert len(data_problems(model)) == 1
    table(data)
    assert len(data_problems(model)) == 1
    model.look_at_files()
    assert data_problems(model) == []


def test_a_changed_file_is_noticed(qtbot: QtBot, model: ExperimentModel, project: Path) -> None:
    assert data_problems(model) == []
    data = project / "points.csv"
    data.write_text("u,v,w,class\n" + "1.5,2.5,3.5,a\n1.5,2.5,3.5,b\n" * 10, encoding="utf-8")
    os.utime(data, ns=(0, data.stat().st_mtime_ns + 10_000_000))
    with qtbot.waitSignal(model.analysis_changed):
        model.look_at_files()
    assert model.analysis.nodes["image"].output == (3,)
    with qtbot.assertNotEmitted(model.analysis_changed, wait=20):
        model.look_at_files()


def test_a_file_that_is_picked_is_written_as_the_folder_sees_it(
    qtbot: QtBot, model: ExperimentModel, project: Path, tmp_path: Path
) -> None:
    inspector = Inspector(model)
    qtbot.addWidget(inspector)

    def pick(found: Path) -> object:
        assert isinstance(inspector.page, SettingsPage)
        field = inspector.page.data.form.rows["path"].field
        assert isinstance(field, PathField)
        field._on_found(str(found))
        inspector.refresh()
        assert field.line.text() == path_in(model.document)
        return path_in(model.document)

    assert pick(table(project / "data" / "more.csv")) == "data/more.csv"
    outside = table(tmp_path / "outside.csv")
    assert pick(outside) == outside.as_posix()
    model.save(tmp_path / "points.loom.toml")
    inspector.refresh()
    assert pick(outside) == "outside.csv"
