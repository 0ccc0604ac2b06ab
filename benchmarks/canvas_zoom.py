"""What one step of the wheel takes on a large graph, what painting it anew takes, and what a step of a pan.

    python -m benchmarks.canvas_zoom

Prints, for each zoom on the way from near to far and back, the milliseconds from the event to the last pixel.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from gradloom.experiment.document import Choice, Document, Wire
from gradloom.experiment.layout import BAND, COLUMN
from gradloom.plugins import load_plugins
from gradloom_studio import theme
from gradloom_studio.app import application
from gradloom_studio.canvas.camera import STEP
from gradloom_studio.canvas.still import REST_MS
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.model.experiment import ExperimentModel

NODES = 200
BLOCK = 7
A_LINE = 14
SIZE = (1200, 800)
NOTCH = 120
STEPS = 14
ROUNDS = 3


def large_graph() -> Document:
    """Blocks of Linear and ReLU in a chain, each with a wire around it, in lines below each other."""
    nodes = {"image": Choice(kind="Input"), "first": Choice(kind="Linear", parameters={"out_features": 64})}
    wires = [Wire(source="image", target="first")]
    last = skipped = "first"
    while len(nodes) < NODES - 1:
        number = len(nodes)
        kind = "Add" if number % BLOCK == 0 else "ReLU" if number % 2 else "Linear"
        name = f"{kind.lower()}{number}"
        nodes[name] = Choice(kind=kind, parameters={"out_features": 64} if kind == "Linear" else {})
        wires.append(Wire(source=last, target=name))
        if kind == "Add":
            wires.append(Wire(source=skipped, target=name))
            skipped = name
        last = name
    nodes["loss"] = Choice(kind="MSELoss")
    wires.append(Wire(source=last, target="loss"))
    layout = {
        name: (float(COLUMN * (at % A_LINE)), float(BAND * (at // A_LINE))) for at, name in enumerate(nodes)
    }
    source = {"source": Choice(kind="diabetes")}
    return Document(data=source, nodes=nodes, wires=tuple(wires), layout=layout)


def turn(canvas: CanvasView, notches: int) -> float:
    """Milliseconds for one step of the wheel."""
    at = QPointF(canvas.viewport().rect().center())
    event = QWheelEvent(
        at,
        canvas.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, notches * NOTCH),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    return timed(lambda: QApplication.sendEvent(canvas.viewport(), event))


def pan(canvas: CanvasView, distance: int) -> float:
    return timed(lambda: canvas.camera.pan(QPoint(distance, 0)))


def rest() -> None:
    """Let the wheel rest until everything is painted anew."""
    loop = QEventLoop()
    QTimer.singleShot(2 * REST_MS, loop.quit)
    loop.exec()


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    # What is queued comes first: it may ask for a repaint of its own.
    QApplication.processEvents()
    QApplication.processEvents()
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    app = application()
    theme.apply(app, "light")
    model = ExperimentModel(load_plugins(entry_points=False).catalogue, large_graph())
    canvas = CanvasView(model)
    canvas.resize(*SIZE)
    canvas.show()
    QApplication.processEvents()
    rows: dict[float, list[tuple[float, float, float]]] = {}
    for _ in range(ROUNDS):
        canvas.zoom_reset()
        canvas.centerOn(canvas.graph.graph_rect().center())
        QApplication.processEvents()
        way = (*[-1] * STEPS, *[1] * STEPS)
        turned = [turn(canvas, notches) for notches in way]
        rest()
        for notches, spent in zip(way, turned, strict=True):
            anew = timed(partial(canvas.camera.zoom_by, STEP**notches))
            moved = max(pan(canvas, distance) for distance in (13, -13))
            rows.setdefault(round(canvas.camera.scale, 2), []).append((spent, anew, moved))
    print(
        f"{len(model.document.nodes)} nodes, {len(model.document.wires)} wires, {SIZE[0]} x {SIZE[1]} pixels"
    )
    print(f"{'zoom':>6}{'wheel step (ms)':>18}{'painted anew (ms)':>20}{'pan step (ms)':>16}")
    for zoom in sorted(rows, reverse=True):
        step, new, moved = np.median(rows[zoom], axis=0)
        print(f"{zoom:>6.2f}{step:>18.1f}{new:>20.1f}{moved:>16.1f}")
    every = np.concatenate(list(rows.values()))
    for word, share in (("half", 50), ("95%", 95)):
        step, new, moved = np.percentile(every, share, axis=0)
        print(f"{word:>6}{step:>18.1f}{new:>20.1f}{moved:>16.1f}")
    canvas.close()


if __name__ == "__main__":
    main()
