"""A plugin folder to drop files into, and fake installed packages."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from textwrap import dedent

import pytest

from gradloom.plugins import Plugins, load_plugins

DropIn = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def _nothing_from_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GRADLOOM_PLUGINS", raising=False)
    monkeypatch.setenv("GRADLOOM_PLUGIN_FOLDER", str(tmp_path / "plugins"))
    monkeypatch.setattr(metadata, "entry_points", lambda **_: ())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "plugins"
    path.mkdir()
    return path


@pytest.fixture
def drop_in(folder: Path) -> DropIn:
    """Writes a plugin's file."""

    def write(name: str, source: str) -> Path:
        path = folder / name
        path.write_text(dedent(source), encoding="utf-8")
        return path

    return write


@pytest.fixture
def load(folder: Path) -> Callable[[], Plugins]:
    """Loads what is built in and what lies in the folder."""
    return lambda: load_plugins(folder)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes modules look like installed packages with an entry point each."""

    def install(**modules: str) -> None:
        points = [metadata.EntryPoint(name, value, "gradloom.plugins") for name, value in modules.items()]
        monkeypatch.setattr(metadata, "entry_points", lambda **_: points)

    return install
