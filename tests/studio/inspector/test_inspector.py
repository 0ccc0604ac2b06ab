from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from gradloom.experiment.document import Choice, Wire
from gradloom_studio.inspector.form import LABEL_WIDTH, folded
from gradloom_studio.inspector.inspector import Inspector
from gradloom_studio.inspector.node_page import NodePage
from gradloom_studio.inspector.selection_page import SeveralPage, WirePage
from gradloom_studio.inspector.settings_page import SettingsPage
from gradloom_studio.model.experiment import ExperimentModel


def editor(inspector: Inspector, name: str) -> QLineEdit:
    return inspector.page.form.rows[name].field.editor()


def retype(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text) if text else qtbot.keyClick(line, Qt.Key.Key_Backspace)


@pytest.fixture
def fc1(inspector: Inspector, model: ExperimentModel) -> Inspector:
    model.set_selection(["fc1"])
    inspector.refresh()
    return inspector


def test_the_page_is_that_of_the_selection(inspector: Inspector, model: ExperimentModel) -> None:
    assert isinstance(inspector.page, SettingsPage)
    for selection, page in (
        (["fc1"], NodePage),
        (["fc1", "fc2"], SeveralPage),
        ([Wire(source="fc1", target="relu1")], WirePage),
        ([], SettingsPage),
    ):
        model.set_selection(selection)
        inspector.refresh()
        assert isinstance(inspector.page, page)


def test_typing_changes_the_document_as_one_step(
    qtbot: QtBot, fc1: Inspector, model: ExperimentModel
) -> None:
    before = model.document
    line = editor(fc1, "out_features")
    retype(qtbot, line, "256")
    assert model.document.nodes["fc1"].parameters["out_features"] == 256
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert model.undo_stack.count() == 1
    model.undo_stack.undo()
    fc1.refresh()
    assert model.document == before
    assert line.text() == "32"


def test_typing_after_leaving_the_field_is_another_step(
    qtbot: QtBot, fc1: Inspector, model: ExperimentModel
) -> None:
    line = editor(fc1, "out_features")
    retype(qtbot, line, "64")
    fc1.page.name.setFocus()
    retype(qtbot, line, "128")
    assert model.undo_stack.count() == 2


def test_no_value_is_marked_and_gives_way(qtbot: QtBot, fc1: Inspector, model: ExperimentModel) -> None:
    line = editor(fc1, "out_features")
    retype(qtbot, line, "0")
    assert line.property("state") == "wrong"
    assert "whole number" in line.toolTip()
    assert model.document.nodes["fc1"].parameters["out_features"] == 32
    fc1.page.name.setFocus()
    assert line.text() == "32"
    assert line.property("state") == ""


def test_undo_keys_belong_to_the_experiment(qtbot: QtBot, fc1: Inspector, model: ExperimentModel) -> None:
    line = editor(fc1, "out_features")
    retype(qtbot, line, "64")
    qtbot.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() in ("64", "32")
    model.undo_stack.undo()
    fc1.refresh()
    assert line.text() == "32"


def test_arrow_keys_count(qtbot: QtBot, fc1: Inspector, model: ExperimentModel) -> None:
    line = editor(fc1, "out_features")
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert model.document.nodes["fc1"].parameters["out_features"] == 33
    qtbot.keyClick(line, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert model.document.nodes["fc1"].parameters["out_features"] == 23


def test_what_follows_from_the_wire_is_shown_and_not_written(fc1: Inspector, model: ExperimentModel) -> None:
    line = editor(fc1, "in_features")
    assert line.text() == ""
    assert line.placeholderText() == "64 from the wire"
    assert "in_features" not in model.document.nodes["fc1"].parameters
    assert fc1.page._shapes.text() == "64 → 32"


def test_a_loss_gives_a_number(inspector: Inspector, model: ExperimentModel) -> None:
    model.set_selection(["loss"])
    inspector.refresh()
    assert inspector.page._shapes.text() == "10 → one number"


def test_a_given_value_can_be_left_to_the_wire_again(
    qtbot: QtBot, fc1: Inspector, model: ExperimentModel
) -> None:
    retype(qtbot, editor(fc1, "in_features"), "64")
    fc1.refresh()
    row = fc1.page.form.rows["in_features"]
    assert row.reset.isVisible()
    row.reset.click()
    fc1.refresh()
    assert "in_features" not in model.document.nodes["fc1"].parameters
    assert not row.reset.isVisible()


def test_a_box_is_one_step_and_its_default_is_not_written(
    qtbot: QtBot, fc1: Inspector, model: ExperimentModel
) -> None:
    box = editor(fc1, "bias")
    box.click()
    assert model.document.nodes["fc1"].parameters["bias"] is False
    box.click()
    assert "bias" not in model.document.nodes["fc1"].parameters
    assert model.undo_stack.count() == 2


def test_a_node_is_renamed_or_says_why_not(qtbot: QtBot, fc1: Inspector, model: ExperimentModel) -> None:
    retype(qtbot, fc1.page.name, "hidden")
    qtbot.keyClick(fc1.page.name, Qt.Key.Key_Return)
    fc1.refresh()
    assert "hidden" in model.document.nodes
    assert fc1.page.node == "hidden"
    with qtbot.waitSignal(fc1.refused) as refusal:
        retype(qtbot, fc1.page.name, "fc2")
        qtbot.keyClick(fc1.page.name, Qt.Key.Key_Return)
    assert "fc2" in refusal.args[0]
    assert fc1.page.name.text() == "hidden"


def test_a_problem_is_mended_by_its_button(inspector: Inspector, model: ExperimentModel) -> None:
    model.dissolve("flatten")
    problem = next(problem for problem in model.analysis.obstacles if problem.fixes)
    model.set_selection([problem.node])
    inspector.refresh()
    button = inspector.page._notices.notices[0].buttons[0]
    assert button.text() == problem.fixes[0].label
    button.click()
    assert model.analysis.obstacles == ()


def test_an_unknown_kind_is_kept_and_can_be_edited(
    qtbot: QtBot, inspector: Inspector, model: ExperimentModel
) -> None:
    odd = Choice(kind="nobody.Odd", parameters={"depth": 3, "wide": True, "mode": "soft", "sizes": (1, 2)})
    model.add_node(odd, (0.0, 400.0), "odd")
    inspector.refresh()
    assert list(inspector.page.form.rows) == ["depth", "wide", "mode", "sizes"]
    retype(qtbot, editor(inspector, "depth"), "4")
    assert model.document.nodes["odd"].parameters["depth"] == 4


def test_settings_change_and_every_change_is_taken_back(
    qtbot: QtBot, inspector: Inspector, model: ExperimentModel
) -> None:
    before, page = model.document, inspector.page
    retype(qtbot, page.training.rows["epochs"].field.editor(), "3")
    retype(qtbot, page.split.rows["validation"].field.editor(), "0.25")
    retype(qtbot, page.name.rows["name"].field.editor(), "Mine")
    retype(qtbot, page.optimizer.form.rows["lr"].field.editor(), "0.5")
    page.metrics["accuracy"].click()
    document = model.document
    assert document.training.epochs == 3
    assert document.data.validation == 0.25
    assert document.name == "Mine"
    assert document.optimizer.parameters["lr"] == 0.5
    assert document.metrics == ("accuracy",)
    while model.undo_stack.canUndo():
        model.undo_stack.undo()
    assert model.document == before
    inspector.refresh()
    assert page.training.rows["epochs"].field.editor().text() == "10"
    assert page.split.rows["validation"].field.editor().text() == ""
    assert not page.metrics["accuracy"].isChecked()


@pytest.mark.parametrize(
    ("part", "kind", "read"),
    [
        ("optimizer", "Adam", lambda document: document.optimizer),
        ("schedule", "StepLR", lambda document: document.schedule),
        ("data", "spirals", lambda document: document.data.source),
    ],
)
def test_another_choice_brings_its_own_form(
    inspector: Inspector, model: ExperimentModel, part: str, kind: str, read
) -> None:
    chooser = getattr(inspector.page, part)
    before = read(model.document)
    chooser.combo.setCurrentIndex(chooser.combo.findData(kind))
    chooser.combo.activated.emit(chooser.combo.currentIndex())
    inspector.refresh()
    assert read(model.document) == Choice(kind=kind)
    assert list(chooser.form.rows) == [one.name for one in model.catalogue[kind].parameters]
    model.undo_stack.undo()
    inspector.refresh()
    assert read(model.document) == before
    assert chooser.combo.currentData() == (before.kind if before else "")


def test_a_choice_that_is_missing_is_shown_as_it_is(inspector: Inspector, model: ExperimentModel) -> None:
    model.change_settings("x", optimizer=Choice(kind="nobody.Fast"))
    inspector.refresh()
    assert inspector.page.optimizer.combo.currentText() == "nobody.Fast"


def test_the_loss_is_one_press_away(inspector: Inspector, model: ExperimentModel) -> None:
    assert inspector.page.loss.text() == "CrossEntropyLoss"
    inspector.page.loss.click()
    assert model.selected_nodes == ("loss",)


def test_the_keyboard_goes_to_the_first_parameter_that_no_wire_decides(inspector: Inspector) -> None:
    inspector.activateWindow()
    inspector.edit_node("fc2")
    assert QApplication.focusWidget() is editor(inspector, "out_features")


def test_a_wire_says_what_flows_through_it(inspector: Inspector, model: ExperimentModel) -> None:
    model.set_selection([Wire(source="fc1", target="relu1")])
    inspector.refresh()
    words = inspector.page._facts.text()
    assert "Shape: 32" in words
    assert "A batch of 64: 2,048 numbers, 8 kB" in words


def test_a_long_name_goes_on_in_a_new_line_and_a_short_one_does_not() -> None:
    lines = folded("decoupled_weight_decay", LABEL_WIDTH).split("\n")
    assert len(lines) > 1
    assert "".join(lines) == "decoupled_weight_decay"
    assert folded("momentum", LABEL_WIDTH) == "momentum"
