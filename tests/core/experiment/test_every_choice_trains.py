"""Every optimizer and schedule of the catalogue trains from a file."""

from __future__ import annotations

import math
from typing import Any

import pytest

from gradloom.experiment.document import Choice, Document
from gradloom.experiment.document_file import parse
from gradloom.experiment.events import EpochEnded, Event
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import Catalogue, Kind, load_plugins

BUILT_IN = load_plugins(entry_points=False).catalogue

FILE = """
format = 1

[data]
kind = "moons"
samples = 80
validation = 0.2

[nodes]
points = { kind = "Input" }
hidden = { kind = "Linear", out_features = 8 }
tanh = { kind = "Tanh" }
scores = { kind = "Linear", out_features = 2 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["points -> hidden", "hidden -> tanh", "tanh -> scores", "scores -> loss"]

[optimizer]
kind = "SGD"
lr = 0.1

[training]
epochs = 4
batch_size = 16
"""

SETTINGS: dict[str, dict[str, Any]] = {
    "StepLR": {"step_size": 1},
    "ConstantLR": {"total_iters": 2},
    "MultiStepLR": {"milestones": [1, 3]},
    "ExponentialLR": {"gamma": 0.5},
    "CosineAnnealingLR": {"T_max": 3},
    "CosineAnnealingWarmRestarts": {"T_0": 2},
    "ReduceLROnPlateau": {"patience": 0, "threshold": 0.9},
    "Adadelta": {"lr": 1.0},
    "Rprop": {"lr": 0.01},
}


def trained(document: Document, catalogue: Catalogue) -> list[EpochEnded]:
    heard: list[Event] = []
    trainer = Trainer(document, catalogue, listener=heard.append)
    assert trainer.run().outcome == "finished"
    return [event for event in heard if isinstance(event, EpochEnded)]


def document(**choices: Choice) -> Document:
    return parse(FILE).model_copy(update=choices)


@pytest.mark.parametrize("key", [entry.key for entry in BUILT_IN.of(Kind.OPTIMIZER)])
def test_optimizers(key: str, catalogue: Catalogue) -> None:
    choice = Choice(kind=key, parameters=SETTINGS.get(key, {"lr": 0.02}))
    epochs = trained(document(optimizer=choice), catalogue)
    assert epochs[-1].train["loss"] < epochs[0].train["loss"]


@pytest.mark.parametrize("key", [entry.key for entry in BUILT_IN.of(Kind.SCHEDULE)])
def test_schedules(key: str, catalogue: Catalogue) -> None:
    choice = Choice(kind=key, parameters=SETTINGS.get(key, {}))
    epochs = trained(document(schedule=choice), catalogue)
    assert len({epoch.lr for epoch in epochs}) > 1
    assert all(math.isfinite(epoch.validation["loss"]) for epoch in epochs)
