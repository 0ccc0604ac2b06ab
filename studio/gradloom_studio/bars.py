"""The menus and the toolbar, filled from the table of commands."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from gradloom_studio.actions import COMMANDS, MENUS, tr

if TYPE_CHECKING:
    from gradloom_studio.files import Files
    from gradloom_studio.settings import Settings
    from gradloom_studio.window import MainWindow

LEFT = (("new", "open", "save"), ("undo", "redo"))
RIGHT = ("examples", "palette", "theme")
ICON = QSize(20, 20)


class RecentMenu(QMenu):
    """The files that were opened or saved last."""

    def __init__(self, settings: Settings, files: Files, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings, self._files = settings, files
        self.setTitle(self.tr("Open recent"))
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)
        self.triggered.connect(self._on_triggered)

    def _fill(self) -> None:
        self.clear()
        for path in self._settings.recent:
            action = self.addAction(path.name)
            action.setToolTip(str(path))
            action.setData(path)
        if self.isEmpty():
            self.addAction(self.tr("Nothing yet")).setEnabled(False)
        else:
            self.addSeparator()
            self.addAction(self.tr("Forget these"), self._settings.clear_recent)

    def _on_triggered(self, action: QAction) -> None:
        if action.data() is not None:
            self._files.open(action.data())


def fill_menus(window: MainWindow) -> None:
    """Put every command into its menu, group by group."""

    def prepare() -> None:
        # Icons that only menus show are drawn when the first menu is opened.
        window.commands.refresh()
        window.commands.show_icons()

    for title in MENUS:
        menu = window.menuBar().addMenu(tr(title))
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(prepare)
        group = 0
        for command in (command for command in COMMANDS if command.menu == title):
            if command.group != group:
                menu.addSeparator()
                group = command.group
            menu.addAction(window.commands[command.id])
            if command.id == "open":
                menu.addMenu(RecentMenu(window.settings, window.files, menu))


def make_toolbar(window: MainWindow) -> QToolBar:
    """Files and undo, the controls of training, and what else is worth a button."""
    bar = QToolBar(tr("Toolbar"))
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setIconSize(ICON)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    window.commands.show_icons({*chain(*LEFT), *RIGHT})
    for group in LEFT:
        for name in group:
            bar.addAction(window.commands[name])
        bar.addSeparator()
    bar.addWidget(window.train_bar)
    space = QWidget()
    space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(space)
    for name in RIGHT:
        bar.addAction(window.commands[name])
    _show_text(bar, window.commands["examples"])
    return bar


def _show_text(bar: QToolBar, action: QAction) -> None:
    # The space is the only air that a tool button has between icon and text.
    action.setIconText(f" {action.text()}")
    button = bar.widgetForAction(action)
    if isinstance(button, QToolButton):
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
