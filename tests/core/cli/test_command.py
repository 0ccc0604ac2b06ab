"""The command itself: help, version, the window, and how long it takes to say so."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import util
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"gradloom {version('gradloom')}\n"


def test_help_names_every_subcommand(run: Run) -> None:
    shown = run("--help").stdout
    assert all(
        name in shown for name in ("train", "test", "new", "studio", "runs", "examples", "data", "plugins")
    )


def test_an_unknown_subcommand(run: Run) -> None:
    result = run("trian")
    assert result.exit_code == 2
    assert "train" in result.stderr


def test_help_needs_no_engine_of_its_own() -> None:
    code = (
        "import sys; from gradloom.cli.app import app; app(['--help'], standalone_mode=False); "
        "print([m for m in ('pydantic', 'PIL', 'pluggy', 'safetensors', 'PySide6') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_without_the_studio_extra_one_line_says_how_to_get_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradloom.cli.studio.find_spec", lambda name: None)
    for words in ([], ["studio"]):
        result = run(*words)
        assert result.exit_code == 2
        assert result.stderr == 'The window needs the studio extra: pip install "gradloom[studio]"\n'
    assert util.find_spec("gradloom") is not None


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stands in for the window, and keeps what it was opened with."""
    opened: list[dict[str, Any]] = []

    def run(**options: Any) -> int:
        opened.append({name: value for name, value in options.items() if value is not None})
        return 7

    app = ModuleType("gradloom_studio.app")
    app.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradloom_studio.app", app)
    monkeypatch.setattr("gradloom.cli.studio.find_spec", lambda name: True)
    return opened


def test_alone_it_opens_the_window_and_ends_with_its_code(run: Run, window: list[dict[str, Any]]) -> None:
    assert run().exit_code == 7
    assert window == [{}]


def test_an_example_that_is_not_there_opens_nothing(run: Run, window: list[dict[str, Any]]) -> None:
    result = run("studio", "--example", "mnist-mpl")
    assert result.exit_code == 2
    assert result.stderr == "There is no example 'mnist-mpl'; did you mean 'mnist-mlp'?\n"
    assert window == []


def test_there_is_no_picture_of_a_file_that_cannot_be_opened(
    run: Run, window: list[dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "bad.loom.toml").write_text("format = [")
    for name in ("missing.loom.toml", "bad.loom.toml", "."):
        result = run("studio", tmp_path / name, "--screenshot", tmp_path / "x.png")
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
    assert window == []


def test_the_windows_options(run: Run, window: list[dict[str, Any]]) -> None:
    words = "--example mnist-mlp --theme dark --train 2.5 --screenshot a.png"
    assert run("studio", *words.split()).exit_code == 7
    assert {name: str(value) for name, value in window[0].items()} == {
        "example": "mnist-mlp",
        "theme": "dark",
        "train": "2.5",
        "screenshot": "a.png",
    }
    run("studio", "my.loom.toml")
    assert str(window[1]["path"]) == "my.loom.toml"
