"""The real window, opened as the program opens it, and a hand that works it with mouse and keys."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Wire
from gradloom_studio import app
from gradloom_studio.canvas.hits import PortHit, WireHit
from gradloom_studio.failures import Failures
from gradloom_studio.window import FIRST_SIZE, MainWindow

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Hand:
    """Works a window with nothing but events, and looks at what it shows."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.canvas = window.canvas
        self.viewport = window.canvas.viewport()

    # Places on the canvas

    def node(self, name: str) -> QPoint:
        return self._at(self.canvas.graph.nodes[name].box().center())

    def port(self, name: str, index: int | None = None) -> QPoint:
        return self._at(self.canvas.graph.port_point(PortHit(name, index)))

    def wire(self, wire: Wire) -> QPoint:
        """Where a press takes this wire: its middle, or wherever no other one crosses it."""
        item = self.canvas.graph.wires[wire]
        x, y, width, height = item.shape().boundingRect().getRect()
        elsewhere = (QPointF(x + i * width / 40, y + j * height / 40) for i in range(40) for j in range(40))
        places = (self.canvas.mapFromScene(point) for point in chain([item.middle()], elsewhere))
        hit = next(place for place in places if self._hit(place) == WireHit(wire))
        return self._at(self.canvas.mapToScene(hit))

    def _hit(self, place: QPoint) -> object:
        return self.canvas.hit(self.canvas.mapToScene(place))

    def ground(self, column: float = 0.5) -> QPoint:
        """Free ground below the graph, so far from the left."""
        graph = self.canvas.graph.graph_rect()
        return self._at(QPointF(graph.left() + column * graph.width(), graph.bottom() + 70))

    def _at(self, point: QPointF) -> QPoint:
        place = self.canvas.mapFromScene(point)
        assert self.viewport.rect().contains(place), "It cannot be reached without panning."
        assert self.viewport.childAt(place) is None, "Something lies over it."
        return place

    # Mouse and keys

    def press(self, button: QPushButton) -> None:
        """Click a button that can be seen and used."""
        assert button.isVisible()
        assert button.isEnabled()
        QTest.mouseClick(button, LEFT)

    def click(self, place: QPoint) -> None:
        QTest.mouseClick(self.viewport, LEFT, NONE, place)

    def drag(self, start: QPoint, end: QPoint) -> None:
        QTest.mousePress(self.viewport, LEFT, NONE, start)
        QTest.mouseMove(self.viewport, (start + end) / 2)
        QTest.mouseMove(self.viewport, end)
        QTest.mouseRelease(self.viewport, LEFT, NONE, end)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(QApplication.focusWidget(), key, held)

    def type_over(self, line: QWidget, text: str) -> None:
        """Put another text into a line, letter by letter, and end with Return."""
        QTest.mouseClick(line, LEFT)
        self.key(Qt.Key.Key_A, CONTROL)
        QTest.keyClicks(line, text)
        self.key(Qt.Key.Key_Return)

    # From the palette

    def carry(self, name: str, place: QPoint) -> str:
        """Find a card by its name, drag it to a place on the canvas and drop it; gives the new node's id."""
        before = set(self.window.model.document.nodes)
        data = self._card(name)
        for enter_or_move in (QDragEnterEvent, QDragMoveEvent):
            event = enter_or_move(place, Qt.DropAction.CopyAction, data, LEFT, NONE)
            QApplication.sendEvent(self.viewport, event)
            assert event.isAccepted()
        QApplication.sendEvent(
            self.viewport, QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, LEFT, NONE)
        )
        (new,) = self.window.model.document.nodes.keys() - before
        return new

    def _card(self, name: str) -> QMimeData:
        """What the palette hands over when the card is dragged."""
        palette = self.window.layers
        palette.search.clear()
        QTest.keyClicks(palette.search, name)
        cards: QAbstractItemModel = palette.tree.model()
        card = cards.index(0, 0)
        assert card.data() == name
        data = cards.mimeData([card])
        palette.search.clear()
        return data

    # What is seen

    def drawn(self) -> np.ndarray:
        """The losses of the batches that the plot draws now."""
        plot = self.window.cockpit.loss.plot
        if plot is None:
            return np.empty(0)
        data = plot.getPlotItem().listDataItems()[0].getOriginalDataset()[1]
        return np.empty(0) if data is None else data

    def pixels(self, code: str) -> int:
        """How many pixels of the canvas have exactly this colour."""
        image = self.viewport.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        return int((np.frombuffer(image.constBits(), np.uint32) == QColor(code).rgb()).sum())


@pytest.fixture
def plugin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder for drop-in plugins, empty; the settings and runs are new as well."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    monkeypatch.setenv("GRADLOOM_PLUGIN_FOLDER", str(folder))
    monkeypatch.setenv("GRADLOOM_SETTINGS", str(tmp_path / "settings.ini"))
    monkeypatch.setenv("GRADLOOM_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("GRADLOOM_PLUGINS", raising=False)
    return folder


@pytest.fixture
def start(qtbot: QtBot, qapp: QApplication, plugin_folder: Path) -> Iterator[Callable[..., Hand]]:
    """Open the window, on the first example where no file is named. Nothing may go wrong unforeseen in it."""
    went_wrong: list[str] = []

    def open_window(path: Path | None = None) -> Hand:
        window = app.open_window(qapp, path, None, "light")
        window.findChild(Failures).happened.connect(lambda words, details: went_wrong.append(details))
        qtbot.addWidget(window, before_close_func=_leave)
        window.resize(*FIRST_SIZE)
        with qtbot.waitExposed(window):
            window.show()
        window.canvas.setFocus()
        return Hand(window)

    yield open_window
    assert went_wrong == []


def _leave(window: MainWindow) -> None:
    """End what trains and forget what changed, so that closing asks nothing."""
    window.runs.close()
    window.model.undo_stack.setClean()


@pytest.fixture
def gradloom(plugin_folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the program in a process of its own, with the same settings and plugins."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gradloom", *map(str, arguments)]
        given = {**os.environ, **environment}
        return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)

    return run
