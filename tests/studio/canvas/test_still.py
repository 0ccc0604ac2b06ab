"""A graph of many nodes is shown as a still picture while the wheel turns, and sharp again when it rests."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from gradloom.experiment.document import Choice
from gradloom_studio.canvas import still


def turn(canvas, notches):
    at = QPointF(canvas.viewport().rect().center())
    event = QWheelEvent(
        at,
        canvas.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), event)


def painted(canvas):
    """What the view shows."""
    return canvas.viewport().grab().toImage()


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(still, "MANY", 3)


@pytest.mark.usefixtures("few")
def test_the_wheel_shows_a_still_picture_and_then_the_graph(qtbot, canvas):
    canvas.frame_all()
    before = painted(canvas)
    turn(canvas, -1)
    scaled = painted(canvas)
    assert scaled != before
    qtbot.waitUntil(lambda: painted(canvas) != scaled)
    sharp = painted(canvas)
    turn(canvas, 1)
    turn(canvas, -1)
    qtbot.waitUntil(lambda: painted(canvas) == sharp)


@pytest.mark.usefixtures("few")
def test_a_change_is_seen_at_once(canvas, model):
    canvas.frame_all()
    turn(canvas, -1)
    scaled = painted(canvas)
    model.add_node(Choice(kind="ReLU"), (0.0, 200.0))
    assert painted(canvas) != scaled


def test_few_nodes_are_always_sharp(canvas):
    canvas.frame_all()
    turn(canvas, -1)
    seen = painted(canvas)
    canvas.graph.rebuild()
    assert painted(canvas) == seen
