"""The keyboard alone suffices."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Wire
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.model.experiment import ExperimentModel

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def wires(model: ExperimentModel) -> list[str]:
    return [str(wire) for wire in model.document.wires]


def test_arrows_walk_the_graph(model: ExperimentModel, hand: Any) -> None:
    walked = []
    for _ in range(4):
        hand.key(Qt.Key.Key_Right)
        walked.append(model.selected_nodes)
    assert walked == [("image",), ("flatten",), ("fc1",), ("relu1",)]
    hand.key(Qt.Key.Key_Left)
    assert model.selected_nodes == ("fc1",)
    hand.key(Qt.Key.Key_Right, SHIFT)
    assert model.selected_nodes == ("fc1", "relu1")


def test_ctrl_arrows_nudge_in_one_step(model: ExperimentModel, hand: Any) -> None:
    model.set_selection(["fc1"])
    x, y = model.document.layout["fc1"]
    for _ in range(3):
        hand.key(Qt.Key.Key_Down, CTRL)
    assert model.document.layout["fc1"] == (x, y + 24)
    assert model.undo_stack.count() == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Slash])
def test_quick_add_wires_behind_the_selection(
    model: ExperimentModel, canvas: CanvasView, hand: Any, key: Qt.Key
) -> None:
    model.set_selection(["relu1"])
    hand.key(key)
    QTest.keyClicks(canvas.adding.popup.search, "drop")
    hand.key(Qt.Key.Key_Return)
    assert "relu1 -> dropout1" in wires(model)
    assert model.selected_nodes == ("dropout1",)
    assert canvas.hasFocus()
    assert model.undo_stack.count() == 1


def test_quick_add_on_a_wire_inserts(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    model.set_selection([Wire(source="fc1", target="relu1")])
    hand.key(Qt.Key.Key_Slash)
    assert not {"Input", "MSELoss"} & set(canvas.adding.popup.offered())
    QTest.keyClicks(canvas.adding.popup.search, "batchnorm1")
    hand.key(Qt.Key.Key_Return)
    assert wires(model)[2:4] == ["fc1 -> batchnorm1", "batchnorm1 -> relu1"]


def test_quick_add_with_nothing_selected_adds_alone(
    model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    before = wires(model)
    hand.key(Qt.Key.Key_Slash)
    QTest.keyClicks(canvas.adding.popup.search, "linear")
    hand.key(Qt.Key.Key_Return)
    assert model.selected_nodes == ("linear1",)
    assert wires(model) == before


def test_a_search_that_finds_nothing_adds_nothing(
    model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    hand.key(Qt.Key.Key_Slash)
    QTest.keyClicks(canvas.adding.popup.search, "qqqq")
    hand.key(Qt.Key.Key_Return)
    assert canvas.adding.popup.isVisible()
    hand.key(Qt.Key.Key_Escape)
    assert model.undo_stack.count() == 0


def test_w_wires_two_selected_nodes(model: ExperimentModel, hand: Any) -> None:
    model.set_selection(["flatten", "loss"])
    hand.key(Qt.Key.Key_W)
    assert "flatten -> loss.target" in wires(model)


def test_w_says_what_it_needs(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    model.set_selection(["flatten"])
    hand.key(Qt.Key.Key_W)
    assert canvas.words.text() == "Select two nodes to wire them."


def test_delete_and_dissolve(model: ExperimentModel, hand: Any) -> None:
    model.set_selection(["relu1"])
    hand.key(Qt.Key.Key_Delete, CTRL)
    assert "fc1 -> fc2" in wires(model)
    model.set_selection(["fc1"])
    hand.key(Qt.Key.Key_Backspace)
    assert wires(model) == ["image -> flatten", "fc2 -> loss"]
    hand.key(Qt.Key.Key_Z, CTRL)
    hand.key(Qt.Key.Key_Z, CTRL)
    assert "fc1 -> relu1" in wires(model)


def test_a_node_that_cannot_be_dissolved_says_why(
    model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    model.set_selection(["image"])
    hand.key(Qt.Key.Key_Delete, CTRL)
    assert "cannot be dissolved" in canvas.words.text()
    assert "image" in model.document.nodes


def test_copy_paste_cut_duplicate(model: ExperimentModel, hand: Any) -> None:
    model.set_selection(["fc1", "relu1"])
    hand.key(Qt.Key.Key_C, CTRL)
    hand.key(Qt.Key.Key_V, CTRL)
    assert model.selected_nodes == ("fc3", "relu2")
    assert "fc3 -> relu2" in wires(model)
    hand.key(Qt.Key.Key_X, CTRL)
    assert "fc3" not in model.document.nodes
    hand.key(Qt.Key.Key_V, CTRL)
    assert model.selected_nodes == ("fc3", "relu2")
    hand.key(Qt.Key.Key_D, CTRL)
    assert model.selected_nodes == ("fc4", "relu3")
    assert model.undo_stack.count() == 4


def test_duplicates_lie_on_free_ground(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    hand.key(Qt.Key.Key_A, CTRL)
    for _ in range(2):
        hand.key(Qt.Key.Key_D, CTRL)
    boxes = [item.box() for item in canvas.graph.nodes.values()]
    assert len(boxes) == 18
    assert not any(one.intersects(other) for one, other in combinations(boxes, 2))


def test_pasting_something_else_is_refused_in_words(
    model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    QGuiApplication.clipboard().setText("a shopping list")
    hand.key(Qt.Key.Key_V, CTRL)
    assert "no nodes" in canvas.words.text()
    assert model.undo_stack.count() == 0


def test_enter_asks_for_the_form(qtbot: QtBot, model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    model.set_selection(["fc1"])
    with qtbot.waitSignal(canvas.edit_requested) as asked:
        hand.key(Qt.Key.Key_Return)
    assert asked.args == ["fc1"]


def test_a_tap_on_space_trains(qtbot: QtBot, canvas: CanvasView, hand: Any) -> None:
    with qtbot.waitSignal(canvas.training_toggled):
        hand.key(Qt.Key.Key_Space)


def test_a_full_stop_trains_one_batch(qtbot: QtBot, canvas: CanvasView, hand: Any) -> None:
    with qtbot.waitSignal(canvas.step_requested):
        hand.key(Qt.Key.Key_Period)


def test_escape_and_select_all(model: ExperimentModel, hand: Any) -> None:
    hand.key(Qt.Key.Key_A, CTRL)
    assert model.selection == {*model.document.nodes, *model.document.wires}
    hand.key(Qt.Key.Key_Escape)
    assert model.selection == frozenset()


def test_a_double_click_edits_a_node_and_adds_on_the_ground(
    qtbot: QtBot, model: ExperimentModel, canvas: CanvasView, hand: Any
) -> None:
    with qtbot.waitSignal(canvas.edit_requested):
        QTest.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=hand.at(hand.node("fc1")))
    QTest.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert canvas.adding.popup.isVisible()


def test_where_nothing_was_ever_copied_paste_says_so(
    canvas: CanvasView, model: ExperimentModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some systems have no data at all then, instead of empty ones.
    monkeypatch.setattr(QClipboard, "mimeData", lambda *_: None)
    before = model.document
    canvas.paste()
    assert model.document is before
    assert canvas.words.isVisible()
