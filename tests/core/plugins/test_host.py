"""Plugins are found in the folder and among installed packages, and their entries join the catalogue."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from gradloom.plugins import Kind, Plugins, load_plugins, plugin_folder

GOOD = """
    from gradloom.plugins import hookimpl

    def rings(samples: int = 100):
        '''Rings around rings.

        Args:
            samples: how many, at least 2.
        '''

    @hookimpl
    def gradloom_datasets():
        return [rings]
"""

Load = Callable[[], Plugins]
DropIn = Callable[[str, str], Path]
Install = Callable[[str, str], Path]


def test_without_plugins_there_is_what_is_built_in(load: Load) -> None:
    plugins = load()
    assert [(report.id, report.state) for report in plugins.loaded] == [("gradloom", "ok")]
    assert plugins.loaded[0].keys == tuple(plugins.catalogue)
    assert not any("." in key for key in plugins.catalogue)


def test_a_file_in_the_folder_is_a_plugin(drop_in: DropIn, load: Load) -> None:
    path = drop_in("acme.py", GOOD)
    plugins = load()
    entry = plugins.catalogue["acme.rings"]
    assert (entry.kind, entry.plugin, entry.name) == (Kind.DATASET, "acme", "rings")
    assert entry.summary == "Rings around rings."
    assert plugins.loaded[-1].source == str(path)
    assert plugins.loaded[-1].keys == ("acme.rings",)


def test_an_installed_package_is_a_plugin(installed: Install) -> None:
    installed("acme", GOOD)
    plugins = load_plugins()
    assert "acme.rings" in plugins.catalogue
    assert (plugins.loaded[-1].id, plugins.loaded[-1].source) == ("acme", "gradloom-acme 1.0")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("entry_points.txt", b"[gradloom.plugins]\nno equals sign\n"),
        ("entry_points.txt", b"[gradloom.plugins]\nhurt = module that cannot be\n"),
        ("entry_points.txt", b"[gradloom.plugins]\nhurt = module_that_is_not_there\n"),
        ("entry_points.txt", b"\xff\xfe[gradloom.plugins]"),
        ("METADATA", b"\xff\xfe\x00"),
        ("METADATA", b""),
    ],
)
def test_damaged_metadata_hides_nobody_else(installed: Install, file: str, content: bytes) -> None:
    installed("acme", GOOD)
    (installed("hurt", GOOD) / file).write_bytes(content)
    plugins = load_plugins()
    assert "acme.rings" in plugins.catalogue
    assert all(report.reason and report.traceback for report in plugins.broken)


def test_a_package_that_is_found_twice_counts_once(installed: Install, site: Path) -> None:
    shutil.copytree(installed("acme", GOOD), site / "copy-1.0.dist-info")
    assert [report.id for report in load_plugins().loaded] == ["gradloom", "acme"]


def test_the_first_of_two_plugins_of_one_name_stays(drop_in: DropIn, load: Load, installed: Install) -> None:
    drop_in("acme.py", GOOD)
    installed("acme", GOOD)
    plugins = load()
    assert [report.state for report in plugins.loaded] == ["ok", "ok", "broken"]
    assert "There already is a plugin called acme" in plugins.broken[0].reason
    assert plugins.catalogue["acme.rings"].factory.__module__ == "packaged_acme"


def test_installed_packages_can_be_left_out(installed: Install) -> None:
    installed("acme", GOOD)
    assert "acme.rings" not in load_plugins(entry_points=False).catalogue


def test_the_switch_leaves_only_what_is_built_in(
    drop_in: DropIn, load: Load, installed: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_in("acme.py", GOOD)
    installed("packed", GOOD)
    monkeypatch.setenv("GRADLOOM_PLUGINS", "0")
    assert [report.id for report in load().loaded] == ["gradloom"]


def test_the_folder_is_the_users_own_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADLOOM_PLUGIN_FOLDER", str(tmp_path / "elsewhere"))
    assert plugin_folder() == tmp_path / "elsewhere"
    monkeypatch.delenv("GRADLOOM_PLUGIN_FOLDER")
    assert plugin_folder().parts[-2:] == ("gradloom", "plugins")


def test_a_file_shadows_no_module(drop_in: DropIn, load: Load) -> None:
    drop_in("numpy.py", "import numpy\nassert numpy.zeros(1).shape == (1,)\n" + "\n".join(dedented(GOOD)))
    path = list(sys.path)
    assert "numpy.rings" in load().catalogue
    assert sys.path == path
    assert sys.modules["numpy"] is numpy


def test_loading_again_takes_the_changed_file(drop_in: DropIn, load: Load) -> None:
    drop_in("acme.py", GOOD)
    before = load().catalogue["acme.rings"]
    drop_in("acme.py", GOOD.replace("rings", "bows"))
    after = load().catalogue
    assert "acme.rings" not in after
    assert after["acme.bows"].factory is not before.factory


def test_names_in_any_script(drop_in: DropIn, load: Load) -> None:
    drop_in("schöne Ringe.py", GOOD)
    assert "schöne Ringe.rings" in load().catalogue


def test_drafts_and_other_files_are_left_alone(drop_in: DropIn, load: Load) -> None:
    for name in ("_draft.py", ".hidden.py", "notes.txt", "acme.py~"):
        drop_in(name, "raise SystemExit")
    assert len(load().loaded) == 1


def test_a_name_or_family_of_its_own(drop_in: DropIn, load: Load) -> None:
    source = GOOD.replace("import hookimpl", "import Contribution, hookimpl")
    drop_in("acme.py", source.replace("[rings]", "[Contribution(rings, name='halos', family='data')]"))
    entry = load().catalogue["acme.halos"]
    assert entry.family == "data"


def dedented(source: str) -> list[str]:
    return [line[4:] for line in source.splitlines()]
