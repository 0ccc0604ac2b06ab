"""As many panels as there is room for, side by side; the rest behind tabs."""

import pytest
from PySide6.QtWidgets import QTabWidget

from gradloom_studio.cockpit.panel import NARROWEST, Panel
from gradloom_studio.cockpit.panel_row import PanelRow, grouped


@pytest.mark.parametrize(
    ("places", "groups"),
    [
        (9, ["a", "b", "c", "d", "z"]),
        (5, ["a", "b", "c", "d", "z"]),
        (4, ["a", "b", "cd", "z"]),
        (3, ["a", "bcd", "z"]),
        (2, ["a", "bcdz"]),
        (1, ["abcdz"]),
    ],
)
def test_the_last_panel_keeps_its_place_as_long_as_there_are_three(places, groups):
    assert grouped(list("abcdz"), places) == [list(group) for group in groups]


@pytest.fixture
def row(qtbot):
    made = PanelRow()
    qtbot.addWidget(made)
    made.set_panels([Panel(name, f"{name} is empty") for name in "abc"])
    made.resize(3 * NARROWEST, 200)
    made.show()
    return made


def test_a_narrow_row_shows_every_panel_somewhere(row):
    assert [panel.isVisible() for panel in row.panels] == [True, True, True]
    row.resize(2 * NARROWEST, 200)
    (tabs,) = row.findChildren(QTabWidget)
    assert [tabs.tabText(index) for index in range(tabs.count())] == ["b", "c"]
    assert [panel.isVisible() for panel in row.panels] == [True, True, False]
    tabs.setCurrentIndex(1)
    assert [panel.isVisible() for panel in row.panels] == [True, False, True]
    row.resize(3 * NARROWEST, 200)
    assert [panel.isVisible() for panel in row.panels] == [True, True, True]


def test_a_tab_in_front_is_said(qtbot, row):
    row.resize(2 * NARROWEST, 200)
    (tabs,) = row.findChildren(QTabWidget)
    with qtbot.waitSignal(row.turned):
        tabs.setCurrentIndex(1)
