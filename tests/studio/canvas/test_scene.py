"""The scene is a projection: it shows what the model says, and can be thrown away."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Choice, Document, Wire
from gradloom.plugins import Catalogue
from gradloom_studio import theme
from gradloom_studio.canvas.scene import GraphScene
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.model.edits import EditError
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.words.graph import TIMES


def settle() -> None:
    """Let the queued analysis be announced."""
    QApplication.processEvents()


def edit_at_random(model: ExperimentModel, rng: random.Random) -> None:
    nodes, wires = list(model.document.nodes), list(model.document.wires)
    kind = rng.choice(["Linear", "Add", "ReLU", "MSELoss", "acme.Mystery"])
    place = (8.0 * rng.randrange(100), 8.0 * rng.randrange(100))
    edits: list[Any] = [
        lambda: model.add_node(Choice(kind=kind), place),
        lambda: model.remove([rng.choice(nodes)]),
        lambda: model.move({rng.choice(nodes): place}),
        lambda: model.connect_wire(Wire(source=rng.choice(nodes), target=rng.choice(nodes))),
        lambda: model.insert_on_wire(Choice(kind=kind), rng.choice(wires), place),
        lambda: model.rename_node(rng.choice(nodes), f"name{rng.randrange(1000)}"),
        lambda: model.duplicate([rng.choice(nodes)], (8.0, 8.0)),
        lambda: model.set_selection(rng.sample(nodes, len(nodes) // 2)),
        lambda: model.set_parameter(rng.choice(nodes), "out_features", rng.randrange(1, 99)),
        model.undo_stack.undo,
        model.undo_stack.redo,
    ]
    try:
        rng.choice(edits)()
    except (EditError, IndexError):
        return


@pytest.mark.parametrize("seed", range(3))
def test_a_scene_that_followed_every_edit_equals_a_new_one(
    qtbot: QtBot, model: ExperimentModel, seed: int
) -> None:
    rng = random.Random(seed)
    scene = GraphScene(model)
    for _ in range(60):
        edit_at_random(model, rng)
    settle()
    assert scene.snapshot() == GraphScene(model).snapshot()
    before = scene.snapshot()
    scene.rebuild()
    assert scene.snapshot() == before


def test_nodes_and_wires_show_what_the_analysis_found(canvas: CanvasView) -> None:
    fc1 = canvas.graph.nodes["fc1"].look
    assert (fc1.kind, fc1.detail, fc1.parameter_count, fc1.output) == ("Linear", "32", 2080, "32")
    shapes = {str(wire): item.look.shape for wire, item in canvas.graph.wires.items()}
    assert shapes["image -> flatten"] == f"1{TIMES}8{TIMES}8"
    assert shapes["fc1 -> relu1"] == "32"


def test_shapes_follow_a_parameter(qtbot: QtBot, model: ExperimentModel, canvas: CanvasView) -> None:
    model.set_parameter("fc1", "out_features", 77)
    settle()
    assert canvas.graph.wires[Wire(source="relu1", target="fc2")].look.shape == "77"


def test_an_unknown_kind_is_a_placeholder_with_its_ports(
    qtbot: QtBot, model: ExperimentModel, canvas: CanvasView
) -> None:
    nodes = {"a": Choice(kind="Input"), "b": Choice(kind="acme.Mystery")}
    wires = (Wire(source="a", target="b"), Wire(source="a", target="b", port="side"))
    model.open(Document(nodes=nodes, wires=wires))
    settle()
    look = canvas.graph.nodes["b"].look
    assert not look.known
    assert [port.name for port in look.inputs] == ["", "side"]
    assert "acme" in look.problem


def test_a_wire_without_its_node_is_not_drawn(
    qtbot: QtBot, model: ExperimentModel, canvas: CanvasView
) -> None:
    model.open(Document(nodes={"a": Choice(kind="Input")}, wires=(Wire(source="a", target="gone"),)))
    settle()
    assert not canvas.graph.wires
    assert "a" in canvas.graph.nodes


def test_opening_shows_the_whole_graph(qtbot: QtBot, model: ExperimentModel, canvas: CanvasView) -> None:
    far = {name: (x + 50_000, y) for name, (x, y) in model.document.layout.items()}
    model.open(model.document.model_copy(update={"layout": far}))
    assert canvas.camera.visible().contains(canvas.graph.graph_rect())


def test_an_empty_canvas_invites(qtbot: QtBot, model: ExperimentModel, canvas: CanvasView) -> None:
    full = canvas.grab().toImage()
    model.open(Document())
    assert canvas.grab().toImage() != full
    assert not canvas.minimap.isVisible()


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.5, 1.0, 4.0])
def test_everything_paints_at_every_zoom_in_both_themes(
    qapp: Any, model: ExperimentModel, canvas: CanvasView, scale: float
) -> None:
    model.add_node(Choice(kind="acme.Mystery"), (0, 200))
    model.set_selection(["fc1", Wire(source="fc1", target="relu1")])
    canvas.camera.zoom_to(scale)
    pictures = []
    for name in ("light", "dark"):
        theme.apply(qapp, name)
        pictures.append(canvas.grab().toImage())
    theme.apply(qapp, "light")
    assert pictures[0] != pictures[1]


def test_an_edit_of_one_node_leaves_the_items_of_the_others_alone(qtbot: QtBot, catalogue: Catalogue) -> None:
    nodes = {"image": Choice(kind="Input")} | {
        f"relu{number}": Choice(kind="ReLU") for number in range(1, 200)
    }
    names = list(nodes)
    wires = tuple(Wire(source=names[i], target=names[i + 1]) for i in range(len(names) - 1))
    model = ExperimentModel(catalogue, Document(nodes=nodes, wires=wires))
    scene = GraphScene(model)
    untouched = {name: item for name, item in scene.nodes.items() if name != "relu100"}
    model.remove(["relu100"])
    model.undo_stack.undo()
    assert {name: scene.nodes[name] for name in untouched} == untouched
    assert len(scene.nodes) == 200


def test_no_node_covers_the_label_of_a_wire_that_passes_it(
    canvas: CanvasView, model: ExperimentModel
) -> None:
    model.connect_wire(Wire(source="image", target="fc2"))
    long = next(wire for wire in model.document.wires if wire.source == "image" and wire.target == "fc2")
    model.move({"image": (0.0, 40.0), "fc2": (928.0, 48.0)})
    item = canvas.graph.wires[long]
    item.set_look(replace(item.look, shape=f"16{TIMES}8{TIMES}8"))
    boxes = [node.box() for node in canvas.graph.nodes.values()]
    assert len(item.labels) > 1
    assert not any(label.intersects(box) for label in item.labels for box in boxes)


def test_a_wire_to_the_left_runs_past_the_nodes_between_its_ends(
    canvas: CanvasView, model: ExperimentModel
) -> None:
    model.move({"image": (600.0, 0.0), "flatten": (0.0, 400.0), "fc1": (200.0, 190.0)})
    item = canvas.graph.wires[Wire(source="image", target="flatten")]
    box = canvas.graph.nodes["fc1"].box()
    assert not item.shape().intersects(box)
    model.move({"fc1": (200.0, 900.0)})
    straight = item.shape().boundingRect().center().y()
    assert straight == pytest.approx(232.0, abs=2.0)
