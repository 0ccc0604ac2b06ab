"""The command, in this process or in one of its own, and small experiments to give it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner, Result

IRIS = """
    format = 1
    name = "Iris"

    [data]
    kind = "iris"

    [nodes]
    flower = { kind = "Input" }
    hidden = { kind = "Linear", out_features = 8 }
    bend   = { kind = "ReLU" }
    class  = { kind = "Linear", out_features = 3 }
    loss   = { kind = "CrossEntropyLoss" }

    [graph]
    wires = ["flower -> hidden", "hidden -> bend", "bend -> class", "class -> loss"]

    [optimizer]
    kind = "Adam"
    lr = 0.05

    [training]
    epochs = 4
    batch_size = 16
    metrics = ["accuracy"]

    [expect]
    accuracy = { min = 0.7 }
    seconds = { max = 30 }
"""

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _nothing_from_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADLOOM_PLUGINS", "")
    monkeypatch.setenv("GRADLOOM_PLUGIN_FOLDER", str(tmp_path / "plugins"))
    monkeypatch.setenv("GRADLOOM_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(metadata, "distributions", lambda: ())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run() -> Run:
    """Runs the command in this process."""
    from gradloom.cli.app import app

    runner = CliRunner()
    return lambda *words, typed=None: runner.invoke(app, [str(word) for word in words], input=typed)


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts the command as a process of its own."""

    def start(*words: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "gradloom", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "200"},
        )

    return start


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the iris experiment, with texts replaced, and gives its path."""

    def to_file(changes: Mapping[str, str] | None = None, name: str = "iris.loom.toml") -> Path:
        text = dedent(IRIS)
        for old, new in (changes or {}).items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file
