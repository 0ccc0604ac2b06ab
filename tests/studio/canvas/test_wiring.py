"""Wires from port to port: what fits, what is wrong but kept, what is impossible, and what is let go."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Choice, Wire
from gradloom_studio.canvas.gestures.wire import WireGesture
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.model.experiment import ExperimentModel


def wires(model: ExperimentModel) -> set[str]:
    return {str(wire) for wire in model.document.wires}


@pytest.fixture
def spare(model: ExperimentModel) -> str:
    """A Dropout below the chain, wired to nothing."""
    x, y = model.document.layout["relu1"]
    node = model.add_node(Choice(kind="Dropout"), (x, y + 160))
    model.undo_stack.clear()
    return node


@pytest.mark.parametrize("backwards", [False, True])
def test_a_wire_is_pulled_in_either_direction(
    model: ExperimentModel, hand: Any, spare: str, backwards: bool
) -> None:
    ends = [hand.port("fc1"), hand.port(spare, 0)]
    hand.drag(*reversed(ends) if backwards else ends)
    assert f"fc1 -> {spare}" in wires(model)
    assert model.undo_stack.count() == 1


def test_a_drop_on_a_node_takes_its_port(model: ExperimentModel, hand: Any, spare: str) -> None:
    hand.drag(hand.port("fc1"), hand.node(spare))
    assert f"fc1 -> {spare}" in wires(model)


def test_a_second_port_is_reached(model: ExperimentModel, hand: Any) -> None:
    hand.drag(hand.port("flatten"), hand.port("loss", 1))
    assert "flatten -> loss.target" in wires(model)


def test_ports_say_what_would_fit(
    qtbot: QtBot, model: ExperimentModel, canvas: CanvasView, hand: Any, spare: str
) -> None:
    hand.press(hand.port("fc2"))
    gesture = canvas.gesture
    assert isinstance(gesture, WireGesture)
    qtbot.waitUntil(lambda: not gesture.is_judging)
    moods = {name: item.mood(0).value for name, item in canvas.graph.nodes.items() if item.look.inputs}
    assert moods[spare] == "fits"
    assert moods["loss"] == "fits"
    assert moods["fc1"] == "dim"


def test_a_wire_that_would_push_another_out_says_so(canvas: CanvasView, hand: Any, spare: str) -> None:
    hand.press(hand.port(spare))
    hand.move(hand.port("fc2", 0))
    assert canvas.words.text().endswith("in place of relu1")


def test_a_wrong_wire_says_why_and_is_kept_red(
    qtbot: QtBot, model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    hand.press(hand.port("fc1"))
    hand.move(hand.port("loss", 0))
    assert canvas.words.isVisible()
    assert "10 classes" in canvas.words.text()
    hand.release(hand.port("loss", 0))
    wrong = Wire(source="fc1", target="loss")
    assert wrong in model.document.wires
    qtbot.waitUntil(lambda: bool(canvas.graph.wires[wrong].look.problem))
    assert canvas.graph.nodes["loss"].look.problem


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (("fc2", None), ("fc1", 0), "circle"),
        (("fc1", None), ("fc1", 0), "itself"),
        (("fc1", None), ("fc2", None), "Two outputs"),
    ],
)
def test_an_impossible_wire_is_refused_in_words(
    model: ExperimentModel,
    canvas: CanvasView,
    hand: Any,
    start: tuple[str, int | None],
    end: tuple[str, int | None],
    reason: str,
) -> None:
    before = model.document
    hand.press(hand.port(*start))
    hand.move(hand.port(*end))
    assert reason in canvas.words.text()
    hand.release(hand.port(*end))
    assert model.document is before


def test_a_wire_is_taken_from_one_port_to_another(model: ExperimentModel, hand: Any, spare: str) -> None:
    hand.drag(hand.port("relu1", 0), hand.port(spare, 0))
    assert f"fc1 -> {spare}" in wires(model)
    assert "fc1 -> relu1" not in wires(model)
    assert model.undo_stack.count() == 1


def test_a_wire_put_back_where_it_was_changes_nothing(model: ExperimentModel, hand: Any) -> None:
    before = model.document
    hand.drag(hand.port("relu1", 0), hand.port("relu1", 0) + QPointF(4, 4))
    assert model.document is before


def test_a_wire_taken_into_the_void_is_gone(model: ExperimentModel, hand: Any) -> None:
    hand.drag(hand.port("relu1", 0), hand.node("relu1") + QPointF(0, 250))
    assert "fc1 -> relu1" not in wires(model)
    model.undo_stack.undo()
    assert "fc1 -> relu1" in wires(model)


def test_escape_lets_go_of_a_wire(model: ExperimentModel, canvas: CanvasView, hand: Any, spare: str) -> None:
    before, items = model.document, len(canvas.graph.items())
    hand.press(hand.port("relu1", 0))
    hand.move(hand.port(spare, 0))
    hand.key(Qt.Key.Key_Escape)
    hand.release(hand.port(spare, 0))
    assert model.document is before
    assert len(canvas.graph.items()) == items
    assert all(item.isVisible() for item in canvas.graph.wires.values())
    assert not canvas.words.isVisible()


def test_a_new_wire_in_the_void_offers_only_what_fits(
    model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    hand.drag(hand.port("fc1"), hand.node("fc1") + QPointF(150, 200))
    popup = canvas.adding.popup
    assert popup.isVisible()
    offered = popup.offered()
    assert {"Linear", "ReLU", "Dropout"} <= set(offered)
    assert not {"Conv2d", "MaxPool2d", "Input"} & set(offered)
    hand.key(Qt.Key.Key_Return)
    assert not popup.isVisible()
    assert f"fc1 -> {model.selected_nodes[0]}" in wires(model)
    assert model.undo_stack.count() == 1


def test_a_wire_pulled_out_of_a_loss_offers_what_can_feed_it(
    model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    hand.drag(hand.port("loss", 1), hand.node("loss") + QPointF(-100, 200))
    offered = canvas.adding.popup.offered()
    assert "Input" in offered
    assert "MSELoss" not in offered
    hand.key(Qt.Key.Key_Return)
    assert f"{model.selected_nodes[0]} -> loss.target" in wires(model)


def test_closing_the_offer_leaves_no_trace(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    before, items = model.document, len(canvas.graph.items())
    hand.drag(hand.port("fc1"), hand.node("fc1") + QPointF(150, 200))
    assert len(canvas.graph.items()) == items + 1
    hand.key(Qt.Key.Key_Escape)
    assert model.document is before
    assert len(canvas.graph.items()) == items
    assert canvas.hasFocus()
