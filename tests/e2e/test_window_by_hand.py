"""The first experiment in the real window: changed by hand, trained before one's eyes, and all taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Document, Wire
from gradloom_studio.inspector.node_page import NodePage
from gradloom_studio.inspector.settings_page import SettingsPage
from gradloom_studio.theme import tokens

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_from_the_first_sight_to_a_trained_network_and_back(qtbot: QtBot, start: Callable[..., Any]) -> None:
    hand = start()
    model = hand.window.model
    at_first, seen_first = model.document, hand.canvas.graph.snapshot()
    build(qtbot, hand)
    seen_last = settled(hand)
    watch_it_train(qtbot, hand)
    at_last = model.document
    assert at_last != at_first

    hand.canvas.setFocus()
    go_through_history(hand, back=True)
    assert document_text(model.document) == document_text(at_first)
    assert settled(hand) == seen_first
    hand.canvas.graph.rebuild()
    assert hand.canvas.graph.snapshot() == seen_first

    go_through_history(hand, back=False)
    assert document_text(model.document) == document_text(at_last)
    assert settled(hand) == seen_last


def build(qtbot: QtBot, hand: Any) -> None:
    """A Dropout on a wire, a Linear wired in by hand, a width and a length typed in."""
    model = hand.window.model
    dropout = hand.carry("Dropout", hand.wire(Wire(source="fc2", target="relu2")))
    assert {f"fc2 -> {dropout}", f"{dropout} -> relu2"} <= wires(model)
    assert "fc2 -> relu2" not in wires(model)

    linear = hand.carry("Linear", hand.ground())
    assert not any(linear in (wire.source, wire.target) for wire in model.document.wires)
    hand.drag(hand.port("relu2"), hand.port(linear, 0))
    hand.drag(hand.port(linear), hand.port("fc3", 0))
    assert {f"relu2 -> {linear}", f"{linear} -> fc3"} <= wires(model)
    assert "relu2 -> fc3" not in wires(model)
    qtbot.waitUntil(hand.window.train_bar.train.isEnabled)
    hand.canvas.setFocus()
    hand.key(Qt.Key.Key_F)

    make_and_mend_a_wrong_wire(qtbot, hand)

    hand.click(hand.node("fc1"))
    qtbot.waitUntil(lambda: isinstance(hand.window.inspector.page, NodePage))
    hand.type_over(hand.window.inspector.page.form.rows["out_features"].field.editor(), "96")
    assert model.document.nodes["fc1"].parameters["out_features"] == 96

    hand.click(hand.ground(column=0.95))
    qtbot.waitUntil(lambda: isinstance(hand.window.inspector.page, SettingsPage))
    hand.type_over(hand.window.inspector.page.training.rows["epochs"].field.editor(), "100000")
    assert model.document.training.epochs == 100_000


def make_and_mend_a_wrong_wire(qtbot: QtBot, hand: Any) -> None:
    """It is red on the canvas, says why there and below, hinders training, and is gone once deleted."""
    window, danger = hand.window, tokens.current().danger
    wrong = Wire(source="fc1", target="loss")
    assert hand.pixels(danger) == 0
    hand.drag(hand.port("fc1"), hand.port("loss", 0))
    qtbot.waitUntil(lambda: "10 classes" in window.verdict_bar.words.text())
    assert hand.canvas.graph.wires[wrong].look.blocking
    assert "10 classes" in hand.canvas.graph.nodes["loss"].look.problem
    assert hand.pixels(danger) > 100
    assert not window.train_bar.train.isEnabled()
    assert "10 classes" in window.train_bar.train.toolTip()

    hand.press(window.verdict_bar.problem)
    assert window.model.selection == {wrong}
    hand.canvas.setFocus()
    hand.key(Qt.Key.Key_Delete)
    assert wrong not in window.model.document.wires
    hand.drag(hand.port("fc3"), hand.port("loss", 0))
    qtbot.waitUntil(lambda: window.verdict_bar.words.text() == "Ready to train.")
    assert hand.pixels(danger) == 0


def watch_it_train(qtbot: QtBot, hand: Any) -> None:
    """Every button of the bar, and what the plot draws meanwhile."""
    runs, bar = hand.window.runs, hand.window.train_bar
    hand.press(bar.train)
    qtbot.waitUntil(lambda: len(hand.drawn()) > 100)

    hand.press(bar.pause)
    qtbot.waitUntil(lambda: runs.state == "paused" and len(hand.drawn()) == runs.history.step)
    held = hand.drawn().copy()
    with qtbot.assertNotEmitted(runs.points_arrived, wait=150):
        pass

    hand.press(bar.step)
    qtbot.waitUntil(lambda: len(hand.drawn()) != len(held))
    qtbot.waitUntil(lambda: runs.state == "paused")
    assert len(hand.drawn()) == len(held) + 1
    np.testing.assert_array_equal(hand.drawn()[:-1], held)

    assert bar.pause.text() == "Resume"
    hand.press(bar.pause)
    qtbot.waitUntil(lambda: len(hand.drawn()) > len(held) + 100)
    with qtbot.waitSignal(runs.run_ended):
        hand.press(bar.stop)
    assert runs.state == "stopped"
    qtbot.waitUntil(lambda: len(hand.drawn()) == runs.history.step)
    assert np.isfinite(hand.drawn()).all()


def go_through_history(hand: Any, *, back: bool) -> None:
    """Press the keys of undo, or of redo, until nothing is left."""
    stack = hand.window.model.undo_stack
    keys, more = (CONTROL, stack.canUndo) if back else (CONTROL | SHIFT, stack.canRedo)
    while more():
        index = stack.index()
        hand.key(Qt.Key.Key_Z, keys)
        assert stack.index() == index + (-1 if back else 1)


def settled(hand: Any) -> dict[str, object]:
    """What the canvas shows with nothing selected, once the analysis of the last edit is on it."""
    hand.window.model.set_selection([])
    QApplication.processEvents()
    return hand.canvas.graph.snapshot()


def wires(model: Any) -> set[str]:
    return {str(wire) for wire in model.document.wires}


def document_text(document: Document) -> str:
    """All of a document, the order of its nodes included."""
    return document.model_dump_json(indent=1)
