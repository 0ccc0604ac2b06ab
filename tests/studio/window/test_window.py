from __future__ import annotations

import sys
import threading

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QSplitter,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gradloom.plugins import load_plugins
from gradloom_studio.command_palette import CommandPalette
from gradloom_studio.failures import Failures
from gradloom_studio.keys_overview import KeysOverview
from gradloom_studio.settings import Settings
from gradloom_studio.window import MainWindow

PAGES = ("show_inspector", "show_data", "show_plugins", "show_gallery")
CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)


def controls(window: QWidget) -> list[QWidget]:
    """What a person can press, choose or type into, as it is seen now."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS)
        and widget.isVisible()
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parentWidget(), QLineEdit | QComboBox)
        and not type(widget).__name__.startswith("QComboBoxListView")
    ]


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_name(qtbot: QtBot, window: MainWindow, page: str) -> None:
    getattr(window, page)()
    QApplication.processEvents()
    nameless = [
        widget
        for widget in controls(window)
        if not widget.accessibleName() and not getattr(widget, "text", lambda: "")()
    ]
    assert nameless == []


def test_tab_reaches_every_control_that_takes_the_keyboard(window: MainWindow) -> None:
    chain, here = set(), window.nextInFocusChain()
    while here is not window and here not in chain:
        chain.add(here)
        here = here.nextInFocusChain()
    reachable = [widget for widget in controls(window) if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert reachable
    assert set(reachable) <= chain


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_clipped(qtbot: QtBot, window: MainWindow, page: str) -> None:
    getattr(window, page)()
    if page == "show_data":
        qtbot.waitUntil(lambda: window.data_panel.preview is not None)
    for size in ((1040, 600), (1280, 720), (1920, 1080)):
        window.resize(*size)
        QApplication.processEvents()
        assert (window.width(), window.height()) == size
        for widget in controls(window):
            left = widget.mapTo(window, QPoint()).x()
            assert left >= 0, widget.accessibleName()
            assert left + widget.width() <= window.width(), widget.accessibleName()
        for panel in (window.inspector, window.data_panel, window.extensions):
            if panel.isVisible():
                assert panel.widget().width() <= panel.viewport().width()


def test_sizes_are_remembered(window: MainWindow) -> None:
    window.columns.setSizes([300, window.columns.width() - 702, 400])
    sizes = window.columns.sizes()
    assert window.close()
    again = MainWindow(load_plugins(), Settings())
    again.resize(window.size())
    again.show()
    assert again.columns.sizes() == pytest.approx(sizes, abs=2)
    again.close()


def test_views_can_be_made_anew_from_the_model(window: MainWindow) -> None:
    assert isinstance(window.columns, QSplitter)
    window.inspector.rebuild()
    window.model.set_selection(["fc1"])
    window.inspector.rebuild()
    assert window.inspector.page.node == "fc1"


def test_the_gallery_opens_an_example_and_escape_leaves_it(qtbot: QtBot, window: MainWindow) -> None:
    window.commands["examples"].trigger()
    assert not window.canvas.isVisible()
    focused = QApplication.focusWidget() or window
    qtbot.keyClick(focused, Qt.Key.Key_Escape)
    assert window.canvas.isVisible()
    window.commands["examples"].trigger()
    gallery = window._pages.currentWidget()
    qtbot.mouseClick(gallery.cards["iris"], Qt.MouseButton.LeftButton)
    assert window.model.document.data.source.kind == "iris"
    assert window.canvas.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_command_palette_finds_and_does(qtbot: QtBot, window: MainWindow) -> None:
    window.commands["palette"].trigger()
    palette = window.findChild(CommandPalette)
    qtbot.keyClicks(palette.search, "plug")
    assert [palette.list.item(row).text() for row in range(palette.list.count())] == ["Plugins"]
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.tabs.currentWidget() is window.extensions


def test_the_keys_are_shown_beside_the_window(window: MainWindow) -> None:
    window.commands["keys"].trigger()
    overview = window.findChild(KeysOverview)
    assert overview.isVisible()
    assert not overview.isModal()
    window.commands["keys"].trigger()
    assert window.findChildren(KeysOverview) == [overview]
    overview.close()


def test_enter_on_a_node_edits_what_no_wire_decides_and_escape_goes_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.show_data()
    window.canvas.edit_requested.emit("fc1")
    assert window.tabs.currentWidget() is window.inspector
    assert window.inspector.page.node == "fc1"
    field = window.focusWidget()
    assert field.accessibleName() == "out_features"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert window.focusWidget() is window.canvas


@pytest.mark.parametrize("page", ["inspector", "data_panel", "extensions", "runs_page"])
def test_a_page_that_is_asked_for_by_key_gets_the_keyboard(window: MainWindow, page: str) -> None:
    command = {"data_panel": "data", "extensions": "plugins", "runs_page": "runs"}.get(page, page)
    window.commands[command].trigger()
    shown = getattr(window, page)
    assert window.tabs.currentWidget() is shown
    assert shown is window.focusWidget() or shown.isAncestorOf(window.focusWidget())


def test_a_pressed_problem_is_shown_where_it_is(window: MainWindow) -> None:
    window.model.remove(nodes=["relu1"])
    window.model.analysis_changed.emit()
    problem = window.model.analysis.obstacles[0]
    window.verdict_bar.problem.click()
    assert window.model.selection == frozenset([problem.node or problem.wire])


def test_what_nobody_foresaw_is_told_and_the_window_lives(
    qtbot: QtBot, window: MainWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = Failures(window)
    failures.happened.connect(lambda words, details: window.messages.show_message(words, "danger", details))
    failures.install()
    try:
        sys.excepthook(ValueError, ValueError("a broken slot"), None)
        assert "a broken slot" in window.messages.text
        with qtbot.waitSignal(failures.happened):
            thread = threading.Thread(target=lambda: [][1])
            thread.start()
        thread.join()
    finally:
        failures.uninstall()
    assert "list index out of range" in window.messages.text
    assert "IndexError" in capsys.readouterr().err
    window.messages.copy_details.click()
    assert "Traceback" in QApplication.clipboard().text()
    window.messages.close_button.click()
    assert window.messages.text == ""
