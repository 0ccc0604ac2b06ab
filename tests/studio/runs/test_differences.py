from __future__ import annotations

from typing import Any

import pytest

from gradloom.experiment.document import Choice, DataSettings, Document, TrainingSettings, Wire
from gradloom_studio.runs.differences import differences


def changed_node(chain: Document, name: str, choice: Choice | None) -> Document:
    nodes = {**chain.nodes, name: choice}
    return chain.model_copy(update={"nodes": {key: one for key, one in nodes.items() if one is not None}})


@pytest.mark.parametrize(
    ("name", "choice", "words"),
    [
        ("fc1", Choice(kind="Linear", parameters={"out_features": 8}), ["fc1 out_features 8, not 32"]),
        ("relu1", Choice(kind="Tanh"), ["relu1 Tanh, not ReLU"]),
        ("relu1", None, ["without relu1 (ReLU)"]),
        ("drop", Choice(kind="Dropout"), ["with drop (Dropout)"]),
        (
            "fc1",
            Choice(kind="Linear", parameters={"out_features": 32, "bias": False}),
            ["fc1 bias False, not by default"],
        ),
    ],
)
def test_nodes(chain: Document, name: str, choice: Choice | None, words: list[str]) -> None:
    assert differences(changed_node(chain, name, choice), chain) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Other", "notes": "new", "layout": {}}, []),
        ({"optimizer": Choice(kind="SGD", parameters={"lr": 0.5})}, ["optimizer lr 0.5, not 0.01"]),
        ({"optimizer": Choice(kind="Adam")}, ["optimizer Adam, not SGD"]),
        ({"schedule": Choice(kind="StepLR")}, ["with schedule (StepLR)"]),
        ({"training": TrainingSettings(seed=3, epochs=20)}, ["epochs 20, not 10", "seed 3, not 0"]),
        ({"data": DataSettings(source=Choice(kind="iris"))}, ["data iris, not digits8x8"]),
        (
            {"data": DataSettings(source=Choice(kind="digits8x8"), normalize="none", validation=0.5)},
            ["data validation 0.5, not by default", "data normalize none, not standard"],
        ),
        ({"wires": (Wire(source="image", target="loss"),)}, ["other wires"]),
    ],
)
def test_everything_else(chain: Document, change: dict[str, Any], words: list[str]) -> None:
    assert differences(chain.model_copy(update=change), chain) == words
