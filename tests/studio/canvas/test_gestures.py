"""The mouse on the canvas: each gesture is one step, and a cancelled one is none."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Choice, Wire
from gradloom_studio.canvas.passing_items import GhostItem
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.model.experiment import ExperimentModel

SHIFT = Qt.KeyboardModifier.ShiftModifier
FC1_RELU = Wire(source="fc1", target="relu1")


def test_a_drag_moves_a_node_along_the_grid_in_one_step(model: ExperimentModel, hand: Any) -> None:
    x, y = model.document.layout["fc1"]
    hand.drag(hand.node("fc1"), hand.node("fc1") + QPointF(43, 101))
    assert model.document.layout["fc1"] == (x + 40, y + 104)
    assert model.undo_stack.count() == 1
    assert model.undo_stack.undoText() == "Move fc1"


def test_a_drag_moves_all_that_is_selected_and_keeps_their_distances(
    model: ExperimentModel, hand: Any
) -> None:
    model.set_selection(["fc1", "relu1"])
    before = model.document.layout
    hand.drag(hand.node("fc1"), hand.node("fc1") + QPointF(0, 160))
    for name in ("fc1", "relu1"):
        assert model.document.layout[name] == (before[name][0], before[name][1] + 160)
    assert model.document.layout["fc2"] == before["fc2"]
    assert model.undo_stack.count() == 1


def test_escape_puts_a_dragged_node_back(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    before, shown = model.document, canvas.graph.snapshot()
    hand.press(hand.node("fc1"))
    hand.move(hand.node("fc1") + QPointF(100, 100))
    assert canvas.graph.nodes["fc1"].pos().y() != model.document.layout["fc1"][1]
    hand.key(Qt.Key.Key_Escape)
    hand.release(hand.node("fc2"))
    assert model.document is before
    model.set_selection(())
    assert canvas.graph.snapshot() == shown


def test_an_edit_from_elsewhere_ends_a_drag(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    hand.press(hand.node("fc1"))
    hand.move(hand.node("fc1") + QPointF(100, 100))
    model.remove(["fc1"])
    assert canvas.gesture is None
    hand.release(hand.node("fc2"))
    assert model.undo_stack.count() == 1


def test_clicks_select(model: ExperimentModel, hand: Any) -> None:
    hand.click(hand.node("fc1"))
    assert model.selection == {"fc1"}
    hand.click(hand.node("relu1"), SHIFT)
    assert model.selection == {"fc1", "relu1"}
    hand.click(hand.node("fc1"), SHIFT)
    assert model.selection == {"relu1"}
    hand.click(hand.wire(FC1_RELU))
    assert model.selection == {FC1_RELU}
    hand.click(hand.node("fc2") + QPointF(0, 200))
    assert model.selection == frozenset()
    assert model.undo_stack.count() == 0


def test_a_click_on_one_of_several_selected_nodes_selects_it_alone(model: ExperimentModel, hand: Any) -> None:
    model.set_selection(["fc1", "relu1"])
    hand.click(hand.node("fc1"))
    assert model.selection == {"fc1"}


def test_a_box_selects_what_it_touches(model: ExperimentModel, hand: Any) -> None:
    start = hand.node("fc1") + QPointF(-80, -80)
    hand.drag(start, hand.node("relu1") + QPointF(0, 60))
    assert model.selection == {"fc1", "relu1", FC1_RELU}


def test_escape_ends_a_box_with_the_old_selection(model: ExperimentModel, hand: Any) -> None:
    model.set_selection(["loss"])
    hand.press(hand.node("fc1") + QPointF(-80, -80))
    hand.move(hand.node("relu1") + QPointF(0, 60))
    assert "fc1" in model.selection
    hand.key(Qt.Key.Key_Escape)
    assert model.selection == {"loss"}


def test_a_card_dropped_on_the_ground_adds_a_node(model: ExperimentModel, hand: Any) -> None:
    place = hand.node("fc1") + QPointF(3, 160)
    hand.drop(hand.carry_in("Linear", place), place)
    (node,) = model.selected_nodes
    assert node == "linear1"
    assert model.document.nodes[node] == Choice(kind="Linear", parameters={"out_features": 64})
    x, y = model.document.layout[node]
    assert abs(x + 76 - place.x()) <= 4
    assert abs(y + 32 - place.y()) <= 4
    assert model.undo_stack.count() == 1


def test_a_card_dropped_on_a_wire_goes_in(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    place = hand.wire(FC1_RELU)
    data = hand.carry_in("Dropout", place)
    assert canvas.graph.wires[FC1_RELU].open_for_node
    hand.drop(data, place)
    assert {str(wire) for wire in model.document.wires} >= {"fc1 -> dropout1", "dropout1 -> relu1"}
    assert model.undo_stack.count() == 1
    model.undo_stack.undo()
    assert FC1_RELU in model.document.wires


def test_a_card_that_leaves_the_canvas_changes_nothing(
    model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    items = len(canvas.graph.items())
    hand.carry_in("Dropout", hand.wire(FC1_RELU))
    hand.carry_out()
    assert model.undo_stack.count() == 0
    assert not canvas.graph.wires[FC1_RELU].open_for_node
    assert len(canvas.graph.items()) == items


def test_what_cannot_stand_on_a_wire_does_not_open_it(
    model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    place = hand.wire(FC1_RELU)
    data = hand.carry_in("MSELoss", place)
    assert not canvas.graph.wires[FC1_RELU].open_for_node
    hand.drop(data, place)
    assert "loss1" in model.document.nodes


def test_an_unknown_kind_cannot_be_dragged_in(model: ExperimentModel, hand: Any) -> None:
    place = hand.node("fc1") + QPointF(0, 200)
    hand.drop(hand.carry_in("acme.Mystery", place), place)
    assert model.undo_stack.count() == 0


@pytest.mark.parametrize("button", [Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton])
def test_panning_moves_the_picture_and_nothing_else(
    qtbot: QtBot, model: ExperimentModel, canvas: CanvasView, hand: Any, button: Qt.MouseButton
) -> None:
    toggled: list[str] = []
    canvas.training_toggled.connect(lambda: toggled.append("train"))
    if button is Qt.MouseButton.LeftButton:
        qtbot.keyPress(canvas, Qt.Key.Key_Space)
    grabbed = hand.node("fc1")
    start = hand.at(grabbed)
    hand.press(grabbed, button)
    end = canvas.mapToScene(start.x() + 120, start.y() + 50)
    hand.move(end)
    hand.release(canvas.mapToScene(start.x() + 120, start.y() + 50), button)
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    moved = hand.at(grabbed) - start
    assert (moved.x(), moved.y()) == (120, 50)
    assert model.undo_stack.count() == 0
    assert toggled == []


def test_a_press_on_a_fix_mends_the_graph(
    qtbot: QtBot, model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    model.change_settings(data={"source": {"kind": "mnist5k"}})
    model.dissolve("flatten")
    qtbot.waitUntil(lambda: any(item.look.fixes for item in canvas.graph.nodes.values()))
    name = next(name for name, item in canvas.graph.nodes.items() if item.look.fixes)
    item = canvas.graph.nodes[name]
    below = item.room_for_words()
    spots = (QPointF(below.center().x(), below.top() + step) for step in range(int(below.height())))
    hand.click(next(spot for spot in spots if item.fix_at(spot) == 0))
    assert not model.analysis.problems


def test_a_card_over_a_wire_says_that_it_would_go_in(
    canvas: CanvasView, hand: Any, model: ExperimentModel
) -> None:
    wire = model.document.wires[2]
    data = hand.carry_in("ReLU", hand.wire(wire))
    (ghost,) = (item for item in canvas.graph.items() if isinstance(item, GhostItem))
    assert ghost.on_wire
    hand.carry_over(data, hand.wire(wire) + QPointF(0, 200))
    assert not ghost.on_wire
    hand.carry_out()
