"""The palette: everything is there, found by a few letters, and goes to the canvas by key, click or drag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gradloom.plugins import Catalogue
from gradloom.plugins.catalogue import Entry, Kind
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.palette import mime
from gradloom_studio.palette.entry_model import entry_at
from gradloom_studio.palette.palette import Palette
from gradloom_studio.palette.search import placeable, ranked


@pytest.fixture
def palette(qtbot: QtBot, model: ExperimentModel) -> Palette:
    made = Palette(model)
    qtbot.addWidget(made)
    made.resize(240, 600)
    with qtbot.waitExposed(made):
        made.show()
    return made


def headings(palette: Palette) -> list[str]:
    return [palette.entries.item(row).text() for row in range(palette.entries.rowCount())]


def cards_below(palette: Palette, heading: QModelIndex) -> Iterator[Entry]:
    for row in range(palette.entries.rowCount(heading)):
        index = palette.entries.index(row, 0, heading)
        if entry := entry_at(index):
            yield entry
        yield from cards_below(palette, index)


def fold_of(palette: Palette, family: str) -> QModelIndex:
    heading = palette.entries.index(headings(palette).index(family), 0)
    return palette.entries.index(palette.entries.rowCount(heading) - 1, 0, heading)


def test_every_layer_and_loss_has_a_card(catalogue: Catalogue, palette: Palette) -> None:
    assert {entry.key for entry in cards_below(palette, QModelIndex())} == {
        *(entry.key for entry in catalogue.of(Kind.LAYER)),
        *(entry.key for entry in catalogue.of(Kind.LOSS)),
    }
    assert headings(palette)[0] == "Data"
    assert headings(palette)[-1] == "Loss"


def test_a_plugin_has_its_own_group(model: ExperimentModel, catalogue: Catalogue, palette: Palette) -> None:
    swish = replace(catalogue["ReLU"], key="acme.Swish", plugin="acme")
    model.use_catalogue(Catalogue({**catalogue, swish.key: swish}))
    assert "acme" in headings(palette)


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("lin", "Linear"),
        ("conv2", "Conv2d"),
        ("cv2", "Conv2d"),
        ("pool", "MaxPool2d"),
        ("cross", "CrossEntropyLoss"),
    ],
)
def test_a_few_letters_find_the_entry(catalogue: Catalogue, query: str, best: str) -> None:
    assert ranked(placeable(catalogue), query)[0].key == best


def test_an_empty_query_keeps_everything_in_order(catalogue: Catalogue) -> None:
    assert ranked(placeable(catalogue), "  ") == placeable(catalogue)


def test_typing_and_enter_choose(qtbot: QtBot, palette: Palette) -> None:
    QTest.keyClicks(palette.search, "batchnorm2")
    with qtbot.waitSignal(palette.kind_chosen) as chosen:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert chosen.args == ["BatchNorm2d"]


def test_down_goes_from_the_search_to_the_cards(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "pool")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.tree.currentIndex().row() == 1


def test_a_double_click_chooses(qtbot: QtBot, palette: Palette) -> None:
    card = palette.entries.index(0, 0, palette.entries.index(0, 0))
    spot = palette.tree.visualRect(card).center()
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    with qtbot.waitSignal(palette.kind_chosen) as chosen:
        QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert chosen.args == ["Input"]


def test_a_heading_folds_and_stays_folded(palette: Palette) -> None:
    heading = palette.entries.index(1, 0)
    spot = palette.tree.visualRect(heading).center()
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert not palette.tree.isExpanded(heading)
    palette.search.setText("relu")
    palette.search.clear()
    assert not palette.tree.isExpanded(palette.entries.index(1, 0))
    assert palette.tree.isExpanded(palette.entries.index(0, 0))


def test_what_is_rare_waits_behind_a_fold(palette: Palette) -> None:
    fold = fold_of(palette, "Convolution")
    assert not palette.tree.isExpanded(fold)
    assert "Fold" in {entry.key for entry in cards_below(palette, fold)}
    palette.tree.setCurrentIndex(fold)
    QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert palette.tree.isExpanded(fold)
    palette.search.setText("fold")
    assert palette.tree.currentIndex().data() == "Fold"
    palette.search.clear()
    assert palette.tree.isExpanded(fold_of(palette, "Convolution"))
    assert not palette.tree.isExpanded(fold_of(palette, "Pooling"))


def test_a_search_that_finds_nothing_says_so(palette: Palette) -> None:
    palette.search.setText("qqqq")
    assert not palette.tree.isVisible()
    assert "qqqq" in palette.nothing.text()
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.tree.isVisible()


def test_a_card_travels_as_its_key(palette: Palette) -> None:
    card = palette.entries.index(0, 0, palette.entries.index(1, 0))
    assert mime.unpack(palette.entries.mimeData([card])) == "Linear"
