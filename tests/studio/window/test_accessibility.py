"""What a screen reader is told: through Qt's own interfaces, as it asks for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication

from gradloom_studio.window import MainWindow

NAME, DESCRIPTION = QAccessible.Text.Name, QAccessible.Text.Description
Role = QAccessible.Role
NAMED = {
    Role.Button,
    Role.CheckBox,
    Role.ComboBox,
    Role.EditableText,
    Role.PageTab,
    Role.PageTabList,
    Role.ProgressBar,
    Role.Tree,
    Role.Table,
}
PAGES = ("show_inspector", "show_data", "show_plugins", "show_runs", "show_layers", "show_outline")


def below(interface: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """Everything that is seen in it."""
    for number in range(interface.childCount()):
        child = interface.child(number)
        if child is not None and not child.state().invisible:
            yield child
            yield from below(child)


def interface_of(widget: object) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_name(window: MainWindow, page: str) -> None:
    getattr(window, page)()
    QApplication.processEvents()
    controls = [one for one in below(interface_of(window)) if one.role() in NAMED]
    assert len(controls) > 20
    assert [one.object() for one in controls if not one.text(NAME)] == []


def test_the_outline_reads_the_network_in_sentences(window: MainWindow) -> None:
    window.show_outline()
    window.model.set_parameter("fc1", "in_features", 3)
    QApplication.processEvents()
    read = [
        item.text(NAME) for item in below(interface_of(window.outline.tree)) if item.role() == Role.TreeItem
    ]
    assert "relu1: ReLU" in read
    assert any(text.startswith("fc1: Linear 32") and "in_features must be 64" in text for text in read)


def test_the_canvas_says_what_is_selected(window: MainWindow) -> None:
    window.model.set_selection(["fc1"])
    assert interface_of(window.canvas).text(DESCRIPTION).startswith("fc1: Linear 32, gives 32")
