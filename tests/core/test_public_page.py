"""The engine's public page: complete, light to import, and described to editors."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import gradloom
from gradloom.ops.methods import Methods
from gradloom.page import PAGES

ROOT = Path(__file__).parents[2]
HEAVY = (
    "PySide6",
    "pluggy",
    "pydantic",
    "typer",
    "rich",
    "scipy",
    "PIL",
    "safetensors",
    "tomlkit",
    "numpy.random",
)


def test_everything_on_the_page_is_there_and_described() -> None:
    named = {name: getattr(gradloom, name) for name in gradloom.__all__}
    silent = [name for name, each in named.items() if callable(each) and not inspect.getdoc(each)]
    assert silent == []


def test_the_rooms_open_when_asked_for() -> None:
    assert gradloom.nn.__name__ == "gradloom.nn"
    with pytest.raises(AttributeError, match="module 'gradloom' has no attribute 'cuda_graph'"):
        gradloom.cuda_graph  # noqa: B018 - the access is the test


def test_scripts_that_look_for_devices_find_the_cpu() -> None:
    torch = gradloom
    accelerated = (
        torch.cuda.is_available(), torch.accelerator.is_available(), torch.backends.mps.is_available()
    )  # fmt: skip
    assert not any(accelerated)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    assert torch.rand(size=(2, 3), device=device).to(device).shape == (2, 3)


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, gradloom; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_generated_files_are_up_to_date() -> None:
    path = ROOT / "tools" / "write_stubs.py"
    spec = importlib.util.spec_from_file_location("write_stubs", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    stale = [str(path) for path, text in tool.texts().items() if path.read_text() != text]
    assert stale == [], "run python tools/write_stubs.py"


def test_no_name_of_a_page_is_also_the_name_of_a_module_that_could_take_its_place() -> None:
    # Importing gradloom.x binds the module x to the package, over whatever was to be loaded there.
    hidden = [
        f"{page}.{name}"
        for page, entries in PAGES.items()
        for name, (_, original) in entries.items()
        if original
        and importlib.util.find_spec(page).submodule_search_locations
        and importlib.util.find_spec(f"{page}.{name}") is not None
    ]
    assert hidden == []


def test_every_method_says_what_it_does() -> None:
    silent = [
        name for name, each in vars(Methods).items() if not name.startswith("_") and not inspect.getdoc(each)
    ]
    assert silent == []


def test_every_method_finds_its_home_by_itself() -> None:
    code = """
from gradloom import Tensor
from gradloom.ops.homes import HOMES
for names in HOMES.values():
    for name in names.split():
        getattr(Tensor, name)
"""
    subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
