"""What the README shows must work as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradloom.experiment.analyse import analyse
from gradloom.experiment.document_file import parse
from gradloom.plugins import load_plugins

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_experiment_can_be_trained():
    catalogue = load_plugins(entry_points=False).catalogue
    (text,) = blocks("toml")
    analysis = analyse(parse(text), catalogue)
    assert analysis.problems == ()
    assert analysis.parameter_count == 784 * 128 + 128 + 128 * 10 + 10


@pytest.mark.parametrize("snippet", blocks("python"), ids=["script", "plugin"])
def test_the_snippets_run(snippet):
    subprocess.run([sys.executable, "-W", "error", "-c", snippet], check=True, timeout=60)


def test_the_pictures_and_links_are_there():
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(targets) >= 6
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_set_up_is_two_commands():
    commands = [line for block in blocks("sh") for line in block.splitlines() if "venv" in line]
    assert [command.split("&&")[-1].strip() for command in commands] == [
        ".venv/bin/gradloom",
        ".venv/bin/pytest",
    ]
