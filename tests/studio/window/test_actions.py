from __future__ import annotations

from collections import Counter
from operator import attrgetter

from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from gradloom_studio.actions import COMMANDS, MENUS
from gradloom_studio.window import MainWindow


def test_every_command_is_a_method_of_the_window(window: MainWindow) -> None:
    assert all(callable(attrgetter(command.do)(window)) for command in COMMANDS)


def test_ids_and_shortcuts_are_unique() -> None:
    ids = Counter(command.id for command in COMMANDS)
    keys = Counter(QKeySequence(command.shortcut).toString() for command in COMMANDS if command.shortcut)
    assert max(ids.values()) == max(keys.values()) == 1


def test_every_command_is_in_a_menu_of_the_window(window: MainWindow) -> None:
    menus = [action.menu() for action in window.menuBar().actions()]
    assert [menu.title() for menu in menus if isinstance(menu, QMenu)] == list(MENUS)
    shown = {action.objectName() for menu in menus if isinstance(menu, QMenu) for action in menu.actions()}
    assert {command.id for command in COMMANDS} <= shown


def test_a_disabled_command_says_why(window: MainWindow) -> None:
    window.commands.refresh()
    for command in COMMANDS:
        reason = command.why_not(window)
        assert window.commands[command.id].isEnabled() == (not reason)
        if reason:
            assert window.commands[command.id].toolTip() == reason


def test_undo_is_offered_once_there_is_something_to_undo(window: MainWindow) -> None:
    assert not window.commands["undo"].isEnabled()
    window.model.set_parameter("fc1", "out_features", 16)
    assert window.commands["undo"].isEnabled()
    window.commands["undo"].trigger()
    assert window.model.document.nodes["fc1"].parameters["out_features"] == 32
    assert window.commands["redo"].isEnabled()


def test_deleting_is_offered_for_what_is_selected(window: MainWindow) -> None:
    assert not window.commands["delete"].isEnabled()
    window.model.set_selection(["relu1"])
    window.commands["delete"].trigger()
    assert "relu1" not in window.model.document.nodes


def test_what_cannot_train_says_so_on_the_button(window: MainWindow) -> None:
    window.model.remove(nodes=["loss"])
    window.model.analysis_changed.emit()
    reason = window.model.analysis.obstacles[0].message
    assert not window.commands["train"].isEnabled()
    assert not window.train_bar.train.isEnabled()
    assert window.train_bar.train.toolTip() == window.commands["train"].toolTip() == reason


def test_the_training_command_is_that_of_the_saved_file(window: MainWindow, tmp_path) -> None:
    assert not window.commands["terminal"].isEnabled()
    path = tmp_path / "my network.loom.toml"
    window.model.save(path)
    window.commands.refresh()
    window.commands["terminal"].trigger()
    assert QGuiApplication.clipboard().text() == f"gradloom train '{path}'"


def test_the_theme_changes_and_is_remembered(window: MainWindow) -> None:
    window.commands["theme"].trigger()
    assert window.settings.theme == "dark"
    window.commands["theme"].trigger()
    assert window.settings.theme == "light"
    window.commands["desktop"].trigger()
    assert window.settings.theme == "system"
    assert window.commands["desktop"].isChecked()


def test_the_scale_of_the_loss_is_changed_by_its_key(window: MainWindow) -> None:
    for expected in (True, False):
        window.commands["log"].trigger()
        window.commands.refresh()
        assert window.commands["log"].isChecked() is expected
        assert window.cockpit.loss.is_logarithmic is expected
