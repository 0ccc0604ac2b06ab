"""Zoom and pan: the point under the pointer stays, and no input breaks the scale."""

from __future__ import annotations

import math
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Choice
from gradloom_studio.canvas.camera import LARGEST, SMALLEST
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.model.experiment import ExperimentModel


def turn_wheel(canvas: CanvasView, at: QPoint, angle: int) -> None:
    wheel = QWheelEvent(
        QPointF(at),
        QPointF(canvas.viewport().mapToGlobal(at)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), wheel)


@pytest.mark.parametrize("angle", [120, -120, 37])
def test_the_wheel_zooms_to_the_pointer(canvas: CanvasView, angle: int) -> None:
    at = QPoint(321, 123)
    before, scale = canvas.mapToScene(at), canvas.camera.scale
    turn_wheel(canvas, at, angle)
    assert (canvas.camera.scale > scale) is (angle > 0)
    after = canvas.mapFromScene(before) - at
    assert abs(after.x()) <= 1
    assert abs(after.y()) <= 1


def test_the_scale_is_clamped(canvas: CanvasView) -> None:
    for angle, limit in ((-1200, SMALLEST), (1200, LARGEST)):
        for _ in range(10):
            turn_wheel(canvas, QPoint(100, 100), angle)
        assert canvas.camera.scale == pytest.approx(limit)


@pytest.mark.parametrize("factor", [math.nan, math.inf, 0.0, -1.0])
def test_a_factor_that_is_no_zoom_is_ignored(canvas: CanvasView, factor: float) -> None:
    canvas.camera.zoom_by(factor)
    assert canvas.camera.scale == 1.0


def test_framing_an_empty_canvas_is_harmless(model: ExperimentModel, canvas: CanvasView) -> None:
    model.remove(list(model.document.nodes))
    canvas.frame_all()
    assert canvas.camera.scale == 1.0


def test_a_framed_graph_stays_framed_until_somebody_looks_elsewhere(canvas: CanvasView) -> None:
    canvas.frame_all()
    canvas.resize(700, 400)
    assert canvas.camera.visible().contains(canvas.graph.graph_rect())
    canvas.zoom_in()
    scale = canvas.camera.scale
    canvas.resize(1500, 700)
    assert canvas.camera.scale == scale


def test_the_minimap_moves_the_eye(canvas: CanvasView, hand: Any) -> None:
    far = QPointF(5000, 5000)
    canvas.minimap.looked_at.emit(far)
    assert canvas.camera.visible().contains(far)


def test_an_insert_keeps_what_it_pushes_aside_in_view(canvas, model):
    canvas.frame_all()
    for _ in range(4):
        wire = model.document.wires[2]
        model.insert_on_wire(Choice(kind="ReLU"), wire, canvas.graph.wires[wire].middle().toTuple())
        assert canvas.camera.visible().contains(canvas.graph.graph_rect())
    assert canvas.camera.is_framing


def test_an_insert_moves_no_more_than_it_must(canvas, model):
    canvas.zoom_reset()
    canvas.camera.reveal(canvas.graph.graph_rect(["fc1"]))
    seen = canvas.camera.visible()
    model.add_node(Choice(kind="ReLU"), seen.center().toTuple())
    assert canvas.camera.visible() == seen
    corner = seen.bottomRight()
    node = model.add_node(Choice(kind="ReLU"), (corner.x() + 8, corner.y() + 8))
    assert canvas.camera.scale == 1.0
    assert canvas.camera.visible().contains(canvas.graph.nodes[node].box())


def test_words_below_the_last_node_are_seen_where_the_graph_is_framed(
    qtbot: QtBot, canvas: CanvasView, model: ExperimentModel
) -> None:
    canvas.frame_all()
    lonely = model.add_node(Choice(kind="ReLU"), (1392.0, 0.0))
    qtbot.waitUntil(lambda: bool(canvas.graph.nodes[lonely].look.problem))
    words = canvas.graph.nodes[lonely].room_for_words()
    assert words.right() > canvas.graph.nodes[lonely].box().right()
    assert canvas.camera.visible().contains(words)
