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
    everywhere = metadata.distributions
    monkeypatch.setattr(metadata, "distributions", lambda: everywhere(path=[str(tmp_path / "site")]))


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
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of installed packages."""
    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.syspath_prepend(path)
    return path


@pytest.fixture
def installed(site: Path) -> Callable[[str, str], Path]:
    """Installs a package of one module, which its one entry point names; gives the folder of its metadata."""

    def install(name: str, source: str) -> Path:
        folder = site / f"gradloom_{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: gradloom-{name}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[gradloom.plugins]\n{name} = packaged_{name}\n")
        (site / f"packaged_{name}.py").write_text(dedent(source), encoding="utf-8")
        return folder

    return install
