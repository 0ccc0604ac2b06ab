"""An experiment that a test trains, and what tests of training look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom.experiment.document import Document
from gradloom.experiment.events import Event
from gradloom.experiment.trainer import Trainer
from gradloom.plugins import Catalogue

# Dropout and batch normalization, because they draw and because they remember.
MOONS = """
format = 1
name = "Moons"

[data]
kind = "moons"
samples = 200
validation = 0.2

[nodes]
points = { kind = "Input" }
fc1 = { kind = "Linear", out_features = 16 }
norm = { kind = "BatchNorm1d" }
relu = { kind = "ReLU" }
drop = { kind = "Dropout", p = 0.2 }
fc2 = { kind = "Linear", out_features = 2 }
loss = { kind = "CrossEntropyLoss" }

[graph]
wires = ["points -> fc1", "fc1 -> norm", "norm -> relu", "relu -> drop", "drop -> fc2", "fc2 -> loss"]

[optimizer]
kind = "SGD"
lr = 0.05
momentum = 0.9

[schedule]
kind = "StepLR"
step_size = 2
gamma = 0.5

[training]
epochs = 4
batch_size = 32
seed = 3
metrics = ["accuracy"]
"""
STEPS_PER_EPOCH = 5
STEPS = 4 * STEPS_PER_EPOCH

Listener = Callable[[Event], None]


class Listening:
    """Keeps every event, and calls `then` after each."""

    def __init__(self, then: Listener = lambda event: None) -> None:
        self.events: list[Event] = []
        self.then = then

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.then(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def with_training(document: Document, **changes: int) -> Document:
    return document.model_copy(update={"training": document.training.model_copy(update=changes)})


def weights_of(document: Document, catalogue: Catalogue) -> dict[str, Any]:
    trainer = Trainer(document, catalogue, listener=lambda event: None)
    assert trainer.run().outcome == "finished"
    return trainer.state_dict()


def same_bits(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)
