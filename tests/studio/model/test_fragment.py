"""Pieces of graph as text: what is copied comes back whole, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from gradloom.experiment.document import Choice, Wire
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.fragment import Fragment, FragmentError


def test_a_copy_holds_the_wires_between_its_nodes_and_survives_as_text(model: ExperimentModel) -> None:
    piece = model.copy(["fc1", "relu1", "loss"])
    assert piece.wires == (Wire(source="fc1", target="relu1"),)
    assert Fragment.parse(piece.to_text()) == piece


def test_pasting_gives_new_ids_at_the_place(model: ExperimentModel) -> None:
    (left, _), (right, _) = (model.document.layout[name] for name in ("fc1", "relu1"))
    model.move({"fc1": (left, 40.0), "relu1": (right, 64.0)})
    ids = model.paste(model.copy(["fc1", "relu1"]), (80, 160))
    assert ids == ("fc3", "relu2")
    assert model.selected_nodes == ids
    assert model.document.nodes["fc3"] == model.document.nodes["fc1"]
    assert Wire(source="fc3", target="relu2") in model.document.wires
    assert model.document.layout["fc3"] == (80, 160)
    assert model.document.layout["relu2"] == (80 + right - left, 184)
    model.undo_stack.undo()
    assert "fc3" not in model.document.nodes


def test_duplicates_are_fed_by_what_feeds_the_originals(model: ExperimentModel) -> None:
    ids = model.duplicate(["fc1", "relu1"], (0.0, 96.0))
    arriving = [str(wire) for wire in model.document.wires if wire.target in ids]
    assert arriving == ["fc3 -> relu2", "flatten -> fc3"]


def test_an_unknown_kind_travels_with_its_parameters(model: ExperimentModel) -> None:
    node = model.add_node(Choice(kind="acme.Mystery", parameters={"depth": 3}), (0, 0))
    (copied,) = model.paste(model.copy([node]), (0, 0))
    assert model.document.nodes[copied] == model.document.nodes[node]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[1, 2]",
        "{}",
        '{"nodes": {"a b": {"kind": "ReLU"}}}',
        '{"nodes": {"a": {"kind": "ReLU"}}, "wires": [{"source": "a", "target": "b"}]}',
        '{"nodes": {"a": {"kind": "ReLU"}}, "code": "import os"}',
    ],
)
def test_anything_else_on_the_clipboard_is_refused(text: str) -> None:
    with pytest.raises(FragmentError, match="no nodes"):
        Fragment.parse(text)
