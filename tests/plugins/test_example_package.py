"""The example package is a plugin like anyone's: installed, listed, and trained with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

from gradloom.plugins import Kind, load_plugins

PACKAGE = Path(__file__).parents[2] / "plugins" / "gradloom-example"
KEYS = ["example.Swish", "example.LogCoshLoss", "example.Lion"]

EXPERIMENT = """
format = 1
name = "A wave"

[data]
kind = "noisy_sine"

[nodes]
angle  = { kind = "Input" }
hidden = { kind = "Linear", out_features = 16 }
bend   = { kind = "example.Swish", beta = 1.5, trainable = true }
height = { kind = "Linear", out_features = 1 }
loss   = { kind = "example.LogCoshLoss" }

[graph]
wires = ["angle -> hidden", "hidden -> bend", "bend -> height", "height -> loss"]

[optimizer]
kind = "example.Lion"
lr = 0.01

[training]
epochs = 15
batch_size = 16

[expect]
loss = { max = 0.05 }
"""


def test_its_entries_are_described(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GRADLOOM_PLUGINS", raising=False)
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, module),) = project["entry-points"]["gradloom.plugins"].items()
    metadata_folder = tmp_path / "gradloom_example.dist-info"
    metadata_folder.mkdir()
    (metadata_folder / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    (metadata_folder / "entry_points.txt").write_text(f"[gradloom.plugins]\n{name} = {module}\n")
    monkeypatch.syspath_prepend(PACKAGE / "src")
    everywhere = metadata.distributions
    monkeypatch.setattr(metadata, "distributions", lambda: everywhere(path=[str(tmp_path)]))
    plugins = load_plugins(tmp_path / "no_drop_ins")
    assert not plugins.broken
    assert [entry.kind for key in KEYS for entry in [plugins.catalogue[key]]] == [
        Kind.LAYER,
        Kind.LOSS,
        Kind.OPTIMIZER,
    ]
    swish = plugins.catalogue["example.Swish"]
    assert swish.family == "activation"
    beta = swish.parameter("beta")
    assert beta is not None
    assert (beta.minimum, beta.exclusive_minimum, beta.help) == (0, True, "slope of the gate at the start")
    lion = plugins.catalogue["example.Lion"]
    assert [parameter.type for parameter in lion.parameters] == ["float", "floats", "float"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that finds the built and installed package."""
    if find_spec("hatchling") is None or find_spec("pip") is None:
        pytest.skip("building the package needs hatchling and pip")
    target = tmp_path_factory.mktemp("installed")
    command = "install --quiet --no-index --no-deps --no-build-isolation --disable-pip-version-check --target"
    subprocess.run([sys.executable, "-m", "pip", *command.split(), target, PACKAGE], check=True)
    folder = target / "no_drop_ins"
    return {
        **os.environ,
        "PYTHONPATH": str(target),
        "GRADLOOM_PLUGINS": "",
        "GRADLOOM_PLUGIN_FOLDER": str(folder),
    }


def gradloom(environment: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gradloom", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_installed_it_is_listed(environment: dict[str, str]) -> None:
    reports = json.loads(gradloom(environment, "plugins", "list", "--json").stdout)
    example = next(report for report in reports if report["id"] == "example")
    assert (example["state"], example["source"], example["keys"]) == ("ok", "gradloom-example 0.1.0", KEYS)


def test_installed_it_trains(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "wave.loom.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    result = gradloom(environment, "test", path)
    assert result.returncode == 0, result.stdout + result.stderr
    refused = gradloom(environment, "--safe-mode", "test", path)
    assert refused.returncode == 2
    assert "example.Swish" in refused.stderr
