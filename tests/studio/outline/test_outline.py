"""The outline: the same graph as on the canvas, for keys and screen readers, with one selection for both."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest

from gradloom.experiment.document import Choice, Document, Wire
from gradloom_studio.outline.outline import Outline
from gradloom_studio.outline.outline_model import subject_at
from gradloom_studio.words.graph import TIMES

FED = Wire(source="fc1", target="relu1")


@pytest.fixture
def outline(qtbot, model):
    made = Outline(model)
    qtbot.addWidget(made)
    made.resize(232, 400)
    with qtbot.waitExposed(made):
        made.show()
    return made


def texts(outline, role=Qt.ItemDataRole.DisplayRole):
    """All rows, each node with what is below it."""
    rows = outline.rows
    told = {}
    for row in range(rows.rowCount()):
        index = rows.index(row, 0)
        below = [rows.index(child, 0, index).data(role) for child in range(rows.rowCount(index))]
        told[index.data(role)] = below
    return told


def test_it_lists_nodes_in_the_order_of_the_values_and_what_feeds_them(outline):
    assert texts(outline) == {
        "image": [],
        "flatten": [f"from image: 1{TIMES}8{TIMES}8"],
        "fc1": ["from flatten: 64"],
        "relu1": ["from fc1: 32"],
        "fc2": ["from relu1: 32"],
        "loss": ["from fc2: 10"],
    }


def test_every_row_is_a_sentence_for_a_screen_reader(outline):
    told = texts(outline, Qt.ItemDataRole.AccessibleTextRole)
    assert "fc1: Linear 32, gives 32, 2,080 parameters" in told
    assert any("fc1" in wire and "32" in wire for wires in told.values() for wire in wires)


def test_what_is_selected_in_it_is_selected_everywhere(outline, model):
    index = outline.rows.index_of(FED)
    outline.tree.setCurrentIndex(index)
    assert model.selection == {FED}
    flag = QItemSelectionModel.SelectionFlag
    outline.tree.selectionModel().select(outline.rows.index_of("loss"), flag.Select | flag.Rows)
    assert model.selection == {FED, "loss"}


def test_what_is_selected_elsewhere_is_selected_in_it(outline, model):
    model.set_selection(["fc2", FED])
    chosen = outline.tree.selectionModel().selectedRows()
    assert {subject_at(index) for index in chosen} == {"fc2", FED}
    model.set_selection([])
    assert outline.tree.selectionModel().selectedRows() == []


def test_return_jumps_and_delete_deletes(qtbot, outline, model):
    model.set_selection(["relu1"])
    with qtbot.waitSignal(outline.jumped):
        QTest.keyClick(outline.tree, Qt.Key.Key_Return)
    QTest.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert "relu1" not in model.document.nodes
    assert "relu1" not in texts(outline)


def test_arrows_walk_the_graph(outline, model):
    model.set_selection(["image"])
    QTest.keyClick(outline.tree, Qt.Key.Key_Down)
    assert model.selection == {"flatten"}
    QTest.keyClick(outline.tree, Qt.Key.Key_Right)
    QTest.keyClick(outline.tree, Qt.Key.Key_Down)
    assert model.selection == {Wire(source="image", target="flatten")}


def test_a_problem_is_told_where_it_is(qtbot, outline, model):
    model.set_parameter("fc1", "in_features", 3)
    qtbot.waitUntil(lambda: bool(outline.rows.index_of("fc1").data(Qt.ItemDataRole.ToolTipRole).count(". ")))
    assert model.analysis.obstacles[0].message in outline.rows.index_of("fc1").data(
        Qt.ItemDataRole.AccessibleTextRole
    )


def test_it_can_be_thrown_away_and_made_anew(qtbot, outline, model):
    model.add_node(Choice(kind="ReLU"), (0.0, 0.0))
    model.remove(["flatten"])
    model.undo_stack.undo()
    again = Outline(model)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: texts(outline) == texts(again))


def test_hidden_it_costs_nothing_and_catches_up(outline, model):
    outline.hide()
    model.remove(["relu1"])
    assert "relu1" in texts(outline)
    outline.show()
    assert "relu1" not in texts(outline)
    model.open(Document())
    assert texts(outline) == {}
