"""What is written on nodes and wires."""

from __future__ import annotations

import pytest

from gradloom.experiment.document import Choice
from gradloom.plugins import Catalogue
from gradloom_studio.words.graph import TIMES, count_text, shape_text, telling_text


def test_shapes_and_counts() -> None:
    assert shape_text((1, 28, 28)) == f"1{TIMES}28{TIMES}28"
    assert shape_text((784,)) == "784"
    assert shape_text(()) == "scalar"
    assert shape_text(None) == ""
    assert count_text(100480) == "100,480"


@pytest.mark.parametrize(
    ("kind", "parameters", "text"),
    [
        ("Linear", {"out_features": 128}, "128"),
        ("Linear", {}, "?"),
        ("Conv2d", {"out_channels": 32, "kernel_size": 3, "padding": 1}, f"3{TIMES}3, 32"),
        ("Conv2d", {"out_channels": 32, "kernel_size": (3, 5)}, f"3{TIMES}5, 32"),
        ("MaxPool2d", {"kernel_size": 2}, f"2{TIMES}2"),
        ("Dropout", {}, "0.5"),
        ("Dropout", {"p": 0.25}, "0.25"),
        ("ReLU", {}, ""),
        ("LeakyReLU", {"negative_slope": 0.2}, "0.2"),
        ("BatchNorm2d", {}, ""),
        ("acme.Mystery", {"depth": 3}, ""),
    ],
)
def test_the_parameter_that_matters(
    catalogue: Catalogue, kind: str, parameters: dict[str, object], text: str
) -> None:
    assert telling_text(Choice(kind=kind, parameters=parameters), catalogue.get(kind)) == text
