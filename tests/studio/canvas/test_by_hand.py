"""A network made from nothing, once by keyboard alone and once by mouse alone, and taken back to nothing."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from gradloom.experiment.document import Choice, Document
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.model.experiment import ExperimentModel

EMPTY = Document(data={"source": Choice(kind="digits8x8")})


def is_the_network(model: ExperimentModel) -> bool:
    kinds = [choice.kind for choice in model.document.nodes.values()]
    ends = [(wire.source, wire.target) for wire in model.document.wires]
    return (
        kinds == ["Input", "Flatten", "Linear", "CrossEntropyLoss"]
        and ends == [("input1", "flatten1"), ("flatten1", "linear1"), ("linear1", "loss1")]
        and not model.analysis.obstacles
    )


def test_by_keyboard(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    model.open(EMPTY)
    canvas.setFocus()
    for word in ("input", "flatten", "linear", "crossentropy"):
        hand.key(Qt.Key.Key_Slash)
        QTest.keyClicks(canvas.adding.popup.search, word)
        hand.key(Qt.Key.Key_Return)
    model.set_parameter("linear1", "out_features", 10)
    assert is_the_network(model)
    assert model.undo_stack.count() == 5
    for _ in range(5):
        hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert model.document == EMPTY


def test_by_mouse(model: ExperimentModel, canvas: CanvasView, hand: Any) -> None:
    model.open(EMPTY)
    canvas.zoom_reset()
    ground = canvas.camera.centre()
    for column, kind in enumerate(("Input", "Flatten", "Linear", "CrossEntropyLoss")):
        place = ground + QPointF(232 * (column - 1.5), 0)
        hand.drop(hand.carry_in(kind, place), place)
    for source, target in (("input1", "flatten1"), ("flatten1", "linear1"), ("linear1", "loss1")):
        hand.drag(hand.port(source), hand.port(target, 0))
    model.set_parameter("linear1", "out_features", 10)
    assert is_the_network(model)
    model.undo_stack.setIndex(0)
    assert model.document == EMPTY
