"""The model: what each edit does to the document, and what listeners are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom.experiment.analysis import InsertNode
from gradloom.experiment.document import Choice, Document, Wire
from gradloom.experiment.document_file import DocumentError, read
from gradloom.plugins import Catalogue
from gradloom_studio.model.change import Change
from gradloom_studio.model.edits import EditError
from gradloom_studio.model.experiment import ExperimentModel

RELU = Choice(kind="ReLU")


def wire(text: str) -> Wire:
    source, target = text.split(" -> ")
    target, _, port = target.partition(".")
    return Wire(source=source, target=target, port=port)


def test_new_nodes_get_readable_ids_counted_from_one(model: ExperimentModel) -> None:
    added = [model.add_node(Choice(kind=kind), (0, 0)) for kind in ("Linear", "ReLU", "Conv2d", "MSELoss")]
    assert added == ["linear1", "relu2", "conv1", "loss1"]
    assert model.selection == {"loss1"}


def test_a_wire_into_a_taken_port_replaces_the_old_one_in_one_step(model: ExperimentModel) -> None:
    before = model.document.wires
    model.connect_wire(wire("fc1 -> fc2"))
    assert [str(one) for one in model.document.wires] == [
        "image -> flatten",
        "flatten -> fc1",
        "fc1 -> relu1",
        "fc1 -> fc2",
        "fc2 -> loss",
    ]
    model.undo_stack.undo()
    assert model.document.wires == before


def test_a_port_that_takes_many_keeps_them_in_order(model: ExperimentModel) -> None:
    add = model.add_node(Choice(kind="Add"), (0, 0))
    model.connect_wire(wire(f"relu1 -> {add}"))
    model.connect_wire(wire(f"fc1 -> {add}"))
    arriving = [one.source for one in model.document.wires if one.target == add]
    assert arriving == ["relu1", "fc1"]


def test_the_first_port_is_written_without_its_name(model: ExperimentModel) -> None:
    model.connect_wire(wire("fc1 -> loss.input"))
    assert wire("fc1 -> loss") in model.document.wires


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fc2 -> fc1", "close a circle"),
        ("fc1 -> fc1", "cannot feed itself"),
        ("loss -> fc1", "has no output"),
        ("fc1 -> image", "takes no input"),
        ("fc1 -> nobody", "no node 'nobody'"),
    ],
)
def test_a_wire_that_can_never_stand_is_refused_in_words(
    model: ExperimentModel, text: str, reason: str
) -> None:
    with pytest.raises(EditError, match=reason):
        model.connect_wire(wire(text))
    assert model.undo_stack.count() == 0


def test_inserting_on_a_wire_keeps_order_and_makes_room(model: ExperimentModel) -> None:
    old = wire("fc1 -> relu1")
    before = model.document
    node = model.insert_on_wire(Choice(kind="Dropout"), old, before.layout["relu1"])
    after = model.document
    assert [str(one) for one in after.wires[2:4]] == [f"fc1 -> {node}", f"{node} -> relu1"]
    assert list(after.nodes)[3] == node
    assert after.layout["relu1"][0] > after.layout[node][0] > after.layout["fc1"][0]
    assert after.layout["fc1"] == before.layout["fc1"]
    model.undo_stack.undo()
    assert model.document == before


def test_a_further_row_makes_no_room(catalogue: Catalogue, chain: Document, qapp: object) -> None:
    rows = {name: (232.0 * (number % 4), 128.0 * (number // 4)) for number, name in enumerate(chain.nodes)}
    rows["loss"] = (696.0, 128.0)
    model = ExperimentModel(catalogue, chain.model_copy(update={"layout": rows}))
    model.insert_on_wire(Choice(kind="Dropout"), wire("fc1 -> relu1"), rows["relu1"])
    moved = {name for name, place in rows.items() if model.document.layout[name] != place}
    assert moved == {"relu1"}


def test_only_what_has_an_input_and_an_output_stands_on_a_wire(model: ExperimentModel) -> None:
    for kind in ("Input", "MSELoss"):
        with pytest.raises(EditError, match="cannot stand on a wire"):
            model.insert_on_wire(Choice(kind=kind), model.document.wires[0], (0, 0))


def test_removing_a_node_takes_its_wires_and_does_not_heal(model: ExperimentModel) -> None:
    model.remove(["relu1"])
    assert "relu1" not in model.document.layout
    assert [str(one) for one in model.document.wires] == ["image -> flatten", "flatten -> fc1", "fc2 -> loss"]


def test_dissolving_a_node_joins_its_neighbours(model: ExperimentModel) -> None:
    model.dissolve("relu1")
    assert "fc1 -> fc2" in [str(one) for one in model.document.wires]
    with pytest.raises(EditError, match="0 wires coming in"):
        model.dissolve("image")


def test_renaming_keeps_place_wires_and_selection(model: ExperimentModel) -> None:
    model.set_selection(["fc1"])
    place = model.document.layout["fc1"]
    model.rename_node("fc1", "hidden")
    assert list(model.document.nodes)[2] == "hidden"
    assert model.document.layout["hidden"] == place
    assert model.document.wires[1:3] == (wire("flatten -> hidden"), wire("hidden -> relu1"))
    assert model.selection == {"hidden"}
    with pytest.raises(EditError, match="already called"):
        model.rename_node("hidden", "fc2")


def test_a_parameter_equal_to_its_default_is_not_written_down(model: ExperimentModel) -> None:
    model.set_parameter("fc1", "bias", False)
    assert model.document.nodes["fc1"].parameters == {"out_features": 32, "bias": False}
    model.finish_edit()
    model.set_parameter("fc1", "bias", True)
    assert model.document.nodes["fc1"].parameters == {"out_features": 32}


def test_a_setting_that_does_not_fit_is_refused(model: ExperimentModel) -> None:
    with pytest.raises(EditError, match="training"):
        model.change_settings(training={"epochs": 0})
    model.change_settings("Change optimizer", optimizer=Choice(kind="Adam"))
    assert model.undo_stack.undoText() == "Change optimizer"


def test_a_change_names_what_it_touched(qtbot: QtBot, model: ExperimentModel) -> None:
    heard: list[Change] = []
    model.document_changed.connect(heard.append)
    model.remove(["relu1"])
    model.move({"fc1": (8.0, 8.0)})
    model.set_parameter("fc1", "out_features", 5)
    removed, moved, changed = heard
    assert removed.nodes_removed == {"relu1"}
    assert removed.wires_removed == {wire("fc1 -> relu1"), wire("relu1 -> fc2")}
    assert moved == Change(moved=frozenset({"fc1"}))
    assert changed.nodes_changed == {"fc1"}


def test_the_analysis_follows_edits_but_not_moves(qtbot: QtBot, model: ExperimentModel) -> None:
    before = model.analysis
    assert before.nodes["fc1"].output == (32,)
    assert before.parameter_count == 64 * 32 + 32 + 32 * 10 + 10
    model.move({"fc1": (8.0, 8.0)})
    assert model.analysis is before
    with qtbot.waitSignal(model.analysis_changed):
        model.set_parameter("fc1", "out_features", 5)
    assert model.analysis.nodes["fc1"].output == (5,)


def test_a_burst_of_edits_is_announced_once(qtbot: QtBot, model: ExperimentModel) -> None:
    heard: list[str] = []
    model.analysis_changed.connect(lambda: heard.append("analysis"))
    for _ in range(20):
        model.add_node(RELU, (0, 0))
    model.undo_stack.setIndex(0)
    qtbot.waitUntil(lambda: bool(heard))
    QApplication.processEvents()
    assert heard == ["analysis"]


def test_a_fix_mends_the_graph_in_one_step(model: ExperimentModel, catalogue: Catalogue) -> None:
    model.change_settings(data={"source": {"kind": "mnist5k"}})
    model.dissolve("flatten")
    fixes = [fix for problem in model.analysis.problems for fix in problem.fixes]
    insert = next(fix for fix in fixes if isinstance(fix, InsertNode))
    steps = model.undo_stack.count()
    model.apply_fix(insert)
    assert model.undo_stack.count() == steps + 1
    assert not model.analysis.problems


def test_selection_forgets_what_is_gone(model: ExperimentModel) -> None:
    model.set_selection(["fc1", "relu1", wire("fc1 -> relu1"), "nobody"])
    assert model.selected_nodes == ("fc1", "relu1")
    model.remove(["relu1"])
    assert model.selection == {"fc1"}


def test_saving_and_opening(model: ExperimentModel, tmp_path: Path) -> None:
    path = tmp_path / "digits.loom.toml"
    model.set_parameter("fc1", "out_features", 7)
    assert model.dirty
    model.save(path)
    assert not model.dirty
    assert model.path == path
    assert read(path) == model.document
    model.remove(["fc1"])
    model.open_file(path)
    assert model.document == read(path)
    assert not model.undo_stack.canUndo()


def test_of_another_experiment_nothing_is_selected(model: ExperimentModel, chain: Document) -> None:
    """Also where it has a node of that name, which is not what was selected."""
    model.set_selection(["loss"])
    model.open(chain)
    assert not model.selection


def test_what_was_open_stays_when_opening_fails(model: ExperimentModel, tmp_path: Path) -> None:
    broken = tmp_path / "broken.loom.toml"
    broken.write_text("nodes = 3")
    before, steps = model.document, model.undo_stack.count()
    with pytest.raises(DocumentError):
        model.open_file(broken)
    assert model.document is before
    assert model.path is None
    assert model.undo_stack.count() == steps


def test_a_document_without_places_is_laid_out(catalogue: Catalogue, chain: Document, qapp: object) -> None:
    model = ExperimentModel(catalogue, chain.model_copy(update={"layout": {}}))
    assert model.document.layout.keys() == chain.nodes.keys()
    assert not model.dirty


def test_a_recovered_document_counts_as_changed(model: ExperimentModel) -> None:
    model.recover(Document(name="lost"), None)
    assert model.dirty
    assert model.document.name == "lost"


def test_another_catalogue_turns_kinds_into_placeholders(qtbot: QtBot, model: ExperimentModel) -> None:
    with qtbot.waitSignal(model.analysis_changed):
        model.use_catalogue(Catalogue({}))
    assert {problem.code for problem in model.analysis.problems} >= {"unknown-kind"}
    assert model.document.nodes["fc1"].parameters == {"out_features": 32}
