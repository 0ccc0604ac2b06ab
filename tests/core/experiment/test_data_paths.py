"""Paths to data: they begin at the document's folder, and follow it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradloom.experiment.data_paths import located, moved, portable
from gradloom.experiment.document import Choice, DataSettings, Document
from gradloom.experiment.document_file import read, write
from gradloom.experiment.trainer import Trainer
from gradloom.plugins.catalogue import Catalogue
from gradloom.plugins.values import problem_with

ROWS = "\n".join(f"{row % 7}.5,{row % 5}.25,{'ab'[row % 2]}" for row in range(40))
NETWORK = """
format = 1

[data]
kind = "csv"
path = "data/points.csv"

[nodes]
x = { kind = "Input" }
fc = { kind = "Linear", out_features = 2 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["x -> fc", "fc -> loss"]

[training]
epochs = 1
"""


def of(path: str, kind: str = "csv", name: str = "path") -> Document:
    return Document(data=DataSettings(source=Choice(kind=kind, parameters={name: path})))


def path_in(document: Document, name: str = "path") -> object:
    return document.data.source.parameters[name]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an experiment and its data."""
    (tmp_path / "project" / "data").mkdir(parents=True)
    (tmp_path / "project" / "data" / "points.csv").write_text(f"u,v,class\n{ROWS}\n", encoding="utf-8")
    (tmp_path / "project" / "points.loom.toml").write_text(NETWORK, encoding="utf-8")
    return tmp_path / "project"


def test_a_training_finds_its_data_from_anywhere(
    project: Path, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (project, Path("project")):
        document = located(read(folder / "points.loom.toml"), catalogue, folder)
        assert Trainer(document, catalogue, listener=lambda event: None).run().outcome == "finished"
    unlocated = Trainer(read(project / "points.loom.toml"), catalogue, listener=lambda event: None).run()
    assert unlocated.failure is not None
    monkeypatch.chdir(project)
    document = located(read(Path("points.loom.toml")), catalogue, None)
    assert path_in(document) == str(project / "data" / "points.csv")


def test_only_relative_paths_of_the_data_are_located(catalogue: Catalogue, tmp_path: Path) -> None:
    absolute = of(str(tmp_path / "points.csv"))
    assert located(absolute, catalogue, Path("/elsewhere")) is absolute
    for document in (Document(), of("points.csv", kind="acme.missing"), of("")):
        assert located(document, catalogue, tmp_path) is document
    folder = of("pictures", "image_folder", "folder")
    assert path_in(located(folder, catalogue, tmp_path), "folder") == str(tmp_path / "pictures")
    both = Choice(kind="idx", parameters={"images": "x.gz", "labels": "y.gz"})
    found = located(Document(data=DataSettings(source=both)), catalogue, tmp_path).data.source.parameters
    assert found == {"images": str(tmp_path / "x.gz"), "labels": str(tmp_path / "y.gz")}


def test_a_path_that_is_no_text_is_left_for_the_analysis_to_refuse(catalogue: Catalogue) -> None:
    document = Document(data=DataSettings(source=Choice(kind="csv", parameters={"path": 5})))
    assert located(document, catalogue, Path("/elsewhere")) is document
    parameter = catalogue["csv"].parameter("path")
    assert parameter is not None
    assert problem_with(parameter, 5) is not None


@pytest.mark.parametrize(
    ("path", "new", "expected"),
    [
        ("data/points.csv", "a", "data/points.csv"),
        ("data/points.csv", "a/data", "points.csv"),
        ("data/points.csv", ".", "a/data/points.csv"),
        ("../points.csv", ".", "points.csv"),
        ("points.csv", "b", "{root}/a/points.csv"),
        ("{root}/a/points.csv", "a", "{root}/a/points.csv"),
        ("{root}/a/points.csv", ".", "{root}/a/points.csv"),
    ],
)
def test_a_document_that_moves_keeps_its_data(
    catalogue: Catalogue, tmp_path: Path, path: str, new: str, expected: str
) -> None:
    root = tmp_path.as_posix()
    before = of(path.format(root=root))
    after = moved(before, catalogue, tmp_path / "a", tmp_path / new)
    assert path_in(after) == expected.format(root=root)

    def found(document: Document, folder: str) -> Path:
        return Path(str(path_in(located(document, catalogue, tmp_path / folder)))).resolve()

    assert found(after, new) == found(before, "a")


def test_the_paths_of_an_unsaved_document_begin_at_the_current_folder(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert path_in(moved(of("points.csv"), catalogue, None, tmp_path)) == "points.csv"
    away = moved(of("points.csv"), catalogue, None, tmp_path / "experiments")
    assert path_in(away) == (tmp_path / "points.csv").as_posix()


def test_a_path_is_portable_where_it_lies_below(tmp_path: Path) -> None:
    inside = str(tmp_path / "data" / "points.csv")
    assert portable(inside, tmp_path) == "data/points.csv"
    assert portable(inside, tmp_path / "data" / ".." / "data") == "points.csv"
    assert portable(inside, tmp_path / "dat") == Path(inside).as_posix()
    assert portable(inside, None) == Path(inside).as_posix()


def test_locating_leaves_the_file_as_it_is(project: Path, catalogue: Catalogue) -> None:
    path = project / "points.loom.toml"
    document = read(path)
    located(document, catalogue, project)
    write(document, path)
    assert read(path) == document
    assert path_in(document) == "data/points.csv"
