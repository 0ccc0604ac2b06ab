"""The window's tests run without a display, without the user's settings and without anybody's plugins."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from itertools import pairwise
from pathlib import Path

import pytest

from gradloom.experiment.document import Choice, Document, Wire
from gradloom.experiment.rehearsal import rehearse
from gradloom.kernels.counterpart import has_compiler
from gradloom.plugins import Catalogue, load_plugins
from gradloom_studio.model.experiment import ExperimentModel


@pytest.fixture(autouse=True)
def _on_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test settings and runs that do not exist yet, and no plugins but the built-in ones."""
    monkeypatch.setenv("GRADLOOM_SETTINGS", str(tmp_path / "settings.ini"))
    monkeypatch.setenv("GRADLOOM_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("GRADLOOM_PLUGINS", "0")


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_plugins(folder=tmp_path_factory.mktemp("plugins"), entry_points=False).catalogue


@pytest.fixture(scope="session")
def compiled_ahead(catalogue: Catalogue) -> None:
    """Where kernels are compiled, let the disk have those of the chain, so that no test waits for them."""
    if has_compiler():
        rehearse(_chain(), catalogue)


@pytest.fixture
def chain() -> Document:
    return _chain()


def _chain() -> Document:
    """A sound network in one row: image -> flatten -> fc1 -> relu1 -> fc2 -> loss on the 8x8 digits."""
    nodes = {
        "image": Choice(kind="Input"),
        "flatten": Choice(kind="Flatten"),
        "fc1": Choice(kind="Linear", parameters={"out_features": 32}),
        "relu1": Choice(kind="ReLU"),
        "fc2": Choice(kind="Linear", parameters={"out_features": 10}),
        "loss": Choice(kind="CrossEntropyLoss"),
    }
    wires = tuple(Wire(source=a, target=b) for a, b in pairwise(nodes))
    layout = {name: (232.0 * column, 0.0) for column, name in enumerate(nodes)}
    return Document(data={"source": Choice(kind="digits8x8")}, nodes=nodes, wires=wires, layout=layout)


@pytest.fixture
def model(qapp: object, catalogue: Catalogue, chain: Document) -> ExperimentModel:
    return ExperimentModel(catalogue, chain)
