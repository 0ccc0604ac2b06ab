"""The whole way through the real window: build, train, steer, undo; a broken plugin beside a good one."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradloom.experiment.document import Choice, Wire
from gradloom.experiment.examples import read_example
from gradloom.plugins import load_plugins
from gradloom_studio.canvas.hits import PortHit
from gradloom_studio.palette import mime
from gradloom_studio.settings import Settings
from gradloom_studio.window import MainWindow

LEFT, NONE, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
LINE = (0.0, 400.0)

SWISH = """
from gradloom import nn
from gradloom.plugins import hookimpl

class Swish(nn.Module):
    '''x * sigmoid(x).'''

    def forward(self, x):
        return x * x.sigmoid()

@hookimpl
def gradloom_layers():
    return [Swish]
"""


@pytest.fixture
def plugin_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "good.py").write_text(SWISH, encoding="utf-8")
    (folder / "broken.py").write_text("raise RuntimeError('no luck today')", encoding="utf-8")
    return folder


@pytest.fixture
def window(qtbot, qapp, plugin_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADLOOM_SETTINGS", str(tmp_path / "settings.ini"))
    made = MainWindow(load_plugins(folder=plugin_folder, entry_points=False), Settings())
    qtbot.addWidget(made, before_close_func=leave)
    document = read_example("iris")
    long = document.training.model_copy(update={"epochs": 100_000})
    made.model.open(document.model_copy(update={"training": long}))
    made.show()
    qtbot.waitExposed(made)
    return made


def leave(window: MainWindow) -> None:
    window.runs.close()
    window.model.undo_stack.setClean()


def drop(window: MainWindow, kind: str, scene: QPointF) -> str:
    """Carry a card from the palette to a place on the canvas; the id of the node that came."""
    before, canvas = set(window.model.document.nodes), window.canvas
    place, data = canvas.mapFromScene(scene), mime.pack(kind)
    QApplication.sendEvent(canvas.viewport(), QDragEnterEvent(place, COPY, data, LEFT, NONE))
    QApplication.sendEvent(canvas.viewport(), QDragMoveEvent(place, COPY, data, LEFT, NONE))
    QApplication.sendEvent(canvas.viewport(), QDropEvent(QPointF(place), COPY, data, LEFT, NONE))
    (new,) = set(window.model.document.nodes) - before
    return new


def pull(window: MainWindow, source: str, target: str) -> None:
    """Drag a wire from a node's output to another one's first input."""
    canvas, graph = window.canvas, window.canvas.graph
    start = canvas.mapFromScene(graph.port_point(PortHit(source, None)))
    end = canvas.mapFromScene(graph.port_point(PortHit(target, 0)))
    QTest.mousePress(canvas.viewport(), LEFT, NONE, start)
    QTest.mouseMove(canvas.viewport(), (start + end) / 2)
    QTest.mouseMove(canvas.viewport(), end)
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, end)


def undo_all(window: MainWindow) -> None:
    while window.model.undo_stack.canUndo():
        window.model.undo_stack.undo()


def test_from_the_palette_to_a_trained_network_and_back(qtbot, window):
    model, runs, bar = window.model, window.runs, window.train_bar
    start = model.document

    wire = model.document.wires[1]
    inserted = drop(window, "Dropout", window.canvas.graph.wires[wire].middle())
    assert Wire(source=wire.source, target=inserted) in model.document.wires
    added = drop(window, "Linear", QPointF(*LINE))
    pull(window, "data" if "data" in start.nodes else next(iter(start.nodes)), added)
    assert any(wire.target == added for wire in model.document.wires)
    assert not model.analysis.obstacles

    QTest.mouseClick(bar.train, LEFT)
    qtbot.waitUntil(lambda: bool(window.cockpit.loss.series) and len(window.cockpit.loss.series[0].x) > 3)
    drawn = window.cockpit.loss.plot.getPlotItem().listDataItems()
    qtbot.waitUntil(lambda: any(curve.xData is not None and len(curve.xData) > 3 for curve in drawn))

    QTest.mouseClick(bar.pause, LEFT)
    qtbot.waitUntil(lambda: runs.state == "paused")
    held = runs.history.step
    QTest.mouseClick(bar.step, LEFT)
    qtbot.waitUntil(lambda: runs.history.step == held + 1)
    QTest.mouseClick(bar.pause, LEFT)
    qtbot.waitUntil(lambda: runs.history.step > held + 10)
    with qtbot.waitSignal(runs.run_ended):
        QTest.mouseClick(bar.stop, LEFT)
    assert runs.state == "stopped"

    undo_all(window)
    assert model.document == start
    assert set(window.canvas.graph.nodes) == set(start.nodes)


def test_a_shape_that_does_not_fit_says_why_and_blocks_training(qtbot, window):
    model = window.model
    model.set_parameter(
        next(n for n, c in model.document.nodes.items() if c.kind == "Linear"), "in_features", 3
    )
    qtbot.waitUntil(lambda: bool(model.analysis.obstacles))
    qtbot.waitUntil(lambda: not window.train_bar.train.isEnabled())
    assert window.train_bar.train.toolTip()
    undo_all(window)
    qtbot.waitUntil(lambda: window.train_bar.train.isEnabled())


def test_a_broken_plugin_leaves_the_good_one_working(qtbot, window):
    reports = {report.id: report for report in window.plugins.loaded}
    assert reports["broken"].state == "broken"
    assert "no luck today" in reports["broken"].reason
    assert reports["good"].state == "ok"

    document = window.model.document
    wire = next(w for w in document.wires if document.nodes[w.target].kind != "CrossEntropyLoss")
    new = drop(window, "good.Swish", window.canvas.graph.wires[wire].middle())
    assert window.model.document.nodes[new] == Choice(kind="good.Swish")
    window.train()
    qtbot.waitUntil(lambda: window.runs.history.step > 3)
    with qtbot.waitSignal(window.runs.run_ended):
        window.runs.stop()
    assert window.runs.history.ended.failure is None
