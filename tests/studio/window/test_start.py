from __future__ import annotations

import subprocess
import sys
from ctypes.util import find_library

import pytest

from gradloom_studio import start


@pytest.mark.parametrize(
    ("installed", "python", "fits"),
    [
        ("6.12.0", (3, 11), False),
        ("6.11.3", (3, 11), True),
        ("6.11.0", (3, 12), False),
        ("6.11.3", (3, 12), True),
        ("6.12.0", (3, 13), True),
        ("7.0.0a1", (3, 11), False),
    ],
)
def test_a_pair_that_crashes_is_refused_with_a_remedy(
    installed: str, python: tuple[int, int], fits: bool
) -> None:
    problem = start.unfit(installed, python)
    assert (problem == "") == fits
    assert fits or "pip install" in problem


def test_a_missing_library_is_named_with_the_command_that_brings_it() -> None:
    advice = start._advice("libEGL.so.1: cannot open shared object file: No such file or directory")
    assert "libEGL.so.1" in advice
    assert advice.endswith("sudo apt install libegl1")


def test_an_unknown_library_is_named_too() -> None:
    assert "libodd.so.3" in start._advice("libodd.so.3: cannot open shared object file")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_a_missing_display_is_said_unless_only_a_picture_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert "no display" in start.obstacle(needs_display=True)
    assert start.obstacle(needs_display=False) == ""
    assert start.os.environ["QT_QPA_PLATFORM"] == "offscreen"
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


@pytest.mark.skipif(find_library("xcb") is None, reason="no X library to ask")
def test_a_display_that_lets_nobody_in_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9999")
    assert start._closed_display().startswith("The display :9999 cannot be opened.")


def test_nothing_is_in_the_way_here() -> None:
    assert start.obstacle(needs_display=True) == ""


def test_a_module_can_be_imported_alone() -> None:
    # Of all modules this one meets pydantic first; where Qt's bindings come before it, that fails.
    alone = [sys.executable, "-c", "import gradloom_studio.model.journal"]
    made = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")


def test_core_is_there_before_the_bindings_of_qt() -> None:
    code = """
import subprocess
import sys
from gradloom_studio import app
app.application()
names = list(sys.modules)
core = ("gradloom.experiment.trainer", "gradloom.plugins.host")
print(max(map(names.index, core)) < names.index("PySide6"))
"""
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (made.stdout.strip(), made.returncode) == ("True", 0)
