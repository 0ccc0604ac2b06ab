"""Experiments whose data lie beside them, run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gradloom.experiment.document_file import read

Run = Callable[..., Result]
Write = Callable[..., Path]


@pytest.fixture
def experiment(write: Write, tmp_path: Path) -> Path:
    """An experiment in a folder of its own, whose table lies in a folder below."""
    rows = [f"{row % 9}.5,{row % 3},{'abc'[row % 3]}" for row in range(60)]
    (tmp_path / "project" / "data").mkdir(parents=True)
    (tmp_path / "project" / "data" / "points.csv").write_text("\n".join(["u,v,class", *rows]))
    return write({'kind = "iris"': 'kind = "csv"\npath = "data/points.csv"'}, "project/points.loom.toml")


def test_training_finds_data_beside_the_file(run: Run, experiment: Path, tmp_path: Path) -> None:
    assert Path.cwd() == tmp_path
    for word in (experiment, Path("project", experiment.name)):
        result = run("train", word, "--epochs", 1, "--out", tmp_path / "out")
        assert result.exit_code == 0, result.output
    kept = tmp_path / "out" / "experiment.loom.toml"
    assert read(kept).data.source.parameters["path"] == str(experiment.parent / "data" / "points.csv")
    assert run("train", kept, "--epochs", 1).exit_code == 0


def test_testing_finds_data_beside_the_file(run: Run, experiment: Path) -> None:
    result = run("test", experiment)
    assert result.exit_code == 0, result.output


def test_pytest_finds_data_beside_the_file(experiment: Path, tmp_path: Path) -> None:
    plugin = ["-p", "gradloom.cli.pytest_plugin", "-p", "no:gradloom"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", tmp_path, *plugin, experiment],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        check=False,
    )
    assert "1 passed" in result.stdout


@pytest.mark.parametrize("command", ["train", "test"])
def test_a_missing_file_is_one_sentence(run: Run, experiment: Path, command: str) -> None:
    data = experiment.parent / "data" / "points.csv"
    data.unlink()
    result = run(command, experiment)
    assert result.exit_code == 2
    assert result.stderr == f"{experiment}: There is no file '{data}'; check its name and folder.\n"


def test_an_unreadable_file_is_one_sentence(run: Run, experiment: Path) -> None:
    data = experiment.parent / "data" / "points.csv"
    data.unlink()
    data.mkdir()
    result = run("train", experiment)
    assert result.exit_code == 2
    assert result.stderr == f"{experiment}: '{data}' is a folder; choose a file.\n"
