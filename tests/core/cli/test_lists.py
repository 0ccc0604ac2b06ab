"""What there is, and files to start from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gradloom.experiment.document_file import read

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "plugins"
    path.mkdir()
    return path


def test_plugins_and_why_one_is_broken(run: Run, folder: Path) -> None:
    (folder / "acme.py").write_text("1 / 0")
    result = run("plugins", "list")
    assert result.exit_code == 0
    assert "acme is broken: It raised ZeroDivisionError: division by zero" in result.stdout
    assert f"Your plugin folder is {folder}." in result.stdout
    assert run("plugins").stdout == result.stdout


def test_plugins_as_json(run: Run, folder: Path) -> None:
    (folder / "acme.py").write_text("print('hello')\n1 / 0")
    built_in, acme = json.loads(run("plugins", "list", "--json").stdout)
    assert (built_in["id"], built_in["state"]) == ("gradloom", "ok")
    assert "Linear" in built_in["keys"]
    assert (acme["id"], acme["state"], acme["keys"]) == ("acme", "broken", [])
    assert "Traceback" in acme["traceback"]


def test_safe_mode_loads_none_but_the_built_in_ones(run: Run, folder: Path) -> None:
    (folder / "acme.py").write_text("1 / 0")
    assert "acme" not in run("--safe-mode", "plugins", "list").stdout


def test_data_sets_with_their_size(run: Run) -> None:
    lines = run("data", "list").stdout.splitlines()
    rows = {line.split()[0]: line.split() for line in lines}
    assert rows["mnist5k"][1:7] == ["5,000", "1", "x", "28", "x", "28"]
    assert rows["iris"][1:4] == ["150", "4", "3"]
    assert run("data").stdout.splitlines() == lines


def test_one_data_set(run: Run) -> None:
    result = run("data", "show", "iris")
    assert "150 samples for classification" in result.stdout
    assert "setosa: 50" in result.stdout


def test_one_data_set_with_parameters(run: Run, tmp_path: Path) -> None:
    assert "90 samples" in run("data", "show", "moons", "samples=90").stdout
    (tmp_path / "points.csv").write_text("a,b,y\n" + "1,2,yes\n3,4,no\n" * 9)
    assert "18 samples" in run("data", "show", "csv", "path=points.csv").stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["lotus"], "There is no data set lotus; 'gradloom data' lists them."),
        (["spiral"], "There is no data set spiral; 'gradloom data' lists them; did you mean 'spirals'?"),
        (["moons", "samples=few"], 'samples must be a whole number from 2 to 1,000,000, not "few".'),
        (["moons", "colour=red"], "colour=red sets no parameter of moons"),
        (["moons", "samples"], "samples sets no parameter of moons; write name=value"),
        (["csv", "path=nowhere.csv"], "nowhere.csv"),
    ],
)
def test_a_data_set_that_cannot_be_shown(run: Run, words: list[str], sentence: str) -> None:
    result = run("data", "show", *words)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_example_is_copied_but_replaces_nothing(run: Run, tmp_path: Path) -> None:
    assert run("examples", "copy", "mnist-mlp").exit_code == 0
    path = tmp_path / "mnist-mlp.loom.toml"
    assert read(path).data.source.kind == "mnist5k"
    path.write_text("mine")
    refused = run("examples", "copy", "mnist-mlp")
    assert refused.exit_code == 2
    assert "already there" in refused.stderr
    assert path.read_text() == "mine"
    assert run("examples", "copy", "mnist-mlp", "--force").exit_code == 0
    assert read(path).nodes


def test_an_example_that_is_not_there(run: Run) -> None:
    result = run("examples", "copy", "mnist-mpl")
    assert result.exit_code == 2
    assert "mnist-mpl" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_new_experiment_can_be_trained(run: Run, tmp_path: Path) -> None:
    result = run("new", "mine")
    assert result.exit_code == 0
    assert "gradloom train mine.loom.toml" in result.stdout
    assert read(tmp_path / "mine.loom.toml").nodes
    assert run("new", "mine").exit_code == 2
