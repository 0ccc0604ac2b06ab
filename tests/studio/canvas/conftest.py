"""A canvas that is shown, and a hand that moves a real mouse over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Wire
from gradloom_studio.canvas.hits import PortHit
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.palette import mime

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Hand:
    """Moves the mouse in scene coordinates, with events as Qt's own."""

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas
        self.viewport = canvas.viewport()

    def at(self, point: QPointF | tuple[float, float]) -> QPoint:
        return self.canvas.mapFromScene(point if isinstance(point, QPointF) else QPointF(*point))

    def node(self, name: str) -> QPointF:
        return self.canvas.graph.nodes[name].box().center()

    def port(self, name: str, index: int | None = None) -> QPointF:
        return self.canvas.graph.port_point(PortHit(name, index))

    def wire(self, wire: Wire) -> QPointF:
        return self.canvas.graph.wires[wire].middle()

    def press(self, point: QPointF, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.viewport, button, keys, self.at(point))

    def move(self, point: QPointF) -> None:
        QTest.mouseMove(self.viewport, self.at(point))

    def release(self, point: QPointF, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseRelease(self.viewport, button, NONE, self.at(point))

    def click(self, point: QPointF, keys: Qt.KeyboardModifier = NONE) -> None:
        self.press(point, keys=keys)
        self.release(point)

    def drag(self, start: QPointF, end: QPointF, button: Qt.MouseButton = LEFT) -> None:
        self.press(start, button)
        self.move((start + end) / 2)
        self.move(end)
        self.release(end, button)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.canvas, key, keys)

    # A card from the palette

    def carry_in(self, kind: str, point: QPointF) -> QMimeData:
        data = mime.pack(kind)
        copy = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(self.at(point), copy, data, LEFT, NONE)
        QApplication.sendEvent(self.viewport, enter)
        self.carry_over(data, point)
        return data

    def carry_over(self, data: QMimeData, point: QPointF) -> None:
        over = QDragMoveEvent(self.at(point), Qt.DropAction.CopyAction, data, LEFT, NONE)
        QApplication.sendEvent(self.viewport, over)

    def carry_out(self) -> None:
        QApplication.sendEvent(self.viewport, QDragLeaveEvent())

    def drop(self, data: QMimeData, point: QPointF) -> None:
        drop = QDropEvent(QPointF(self.at(point)), Qt.DropAction.CopyAction, data, LEFT, NONE)
        QApplication.sendEvent(self.viewport, drop)


@pytest.fixture
def canvas(qtbot: QtBot, model: ExperimentModel) -> Iterator[CanvasView]:
    view = CanvasView(model)
    qtbot.addWidget(view)
    view.resize(1500, 700)
    with qtbot.waitExposed(view):
        view.show()
    view.frame_all()
    view.zoom_reset()
    view.setFocus()
    yield view
    view.cancel_gesture()


@pytest.fixture
def hand(canvas: CanvasView) -> Hand:
    return Hand(canvas)
