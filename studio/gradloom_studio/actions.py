"""Everything that menus, the toolbar, shortcuts and the command palette can do: one table.

An action whose `why_not` gives a sentence is disabled, and the sentence is its tooltip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from gradloom_studio import theme

if TYPE_CHECKING:
    from gradloom_studio.window import MainWindow

MENUS = ("File", "Edit", "View", "Run", "Help")


@dataclass(frozen=True)
class Command:
    """One thing that can be done.

    `group` parts a menu by lines, `do` is the path of a method of the window, and `where` says whether the
    shortcut works in all of the window or only on the canvas.
    """

    id: str
    text: str
    icon: str
    shortcut: str
    menu: str
    group: int
    do: str
    why_not: Callable[[MainWindow], str] = lambda window: ""
    where: Literal["window", "canvas"] = "window"
    checked: Callable[[MainWindow], bool] | None = None


def _no_choice(window: MainWindow) -> str:
    return "" if window.model.selection else tr("Select something on the canvas first.")


def _no_node(window: MainWindow) -> str:
    return "" if window.model.selected_nodes else tr("Select a node on the canvas first.")


def _nothing_to_undo(window: MainWindow) -> str:
    return "" if window.model.undo_stack.canUndo() else tr("Nothing has been changed.")


def _nothing_to_redo(window: MainWindow) -> str:
    return "" if window.model.undo_stack.canRedo() else tr("Nothing has been undone.")


def _empty(window: MainWindow) -> str:
    return "" if window.model.document.nodes else tr("The canvas is empty.")


def _cannot_train(window: MainWindow) -> str:
    if window.runs.active:
        return ""
    return next((problem.message for problem in window.model.analysis.obstacles), "")


def _cannot_step(window: MainWindow) -> str:
    return (
        tr("Pause first, then go batch by batch.")
        if window.runs.state == "running"
        else _cannot_train(window)
    )


def _not_training(window: MainWindow) -> str:
    return "" if window.runs.active else tr("Nothing is training.")


def _not_saved(window: MainWindow) -> str:
    if window.model.path is None or window.model.dirty:
        return tr("Save the experiment first; the command trains the file.")
    return ""


def _is_logarithmic(window: MainWindow) -> bool:
    return window.cockpit.loss.is_logarithmic


def _follows_desktop(window: MainWindow) -> bool:
    return theme.chosen() == "system"


# fmt: off
COMMANDS: tuple[Command, ...] = (
    Command("new", "New", "file-plus", "Ctrl+N", "File", 0, "files.new"),
    Command("open", "Open…", "folder-open", "Ctrl+O", "File", 0, "files.ask_for_file"),
    Command("examples", "Examples", "images", "Ctrl+E", "File", 0, "show_gallery"),
    Command("save", "Save", "save", "Ctrl+S", "File", 1, "files.save"),
    Command("save_as", "Save as…", "", "Ctrl+Shift+S", "File", 1, "files.save_as"),
    Command("quit", "Quit", "", "Ctrl+Q", "File", 2, "close"),

    Command("undo", "Undo", "undo-2", "Ctrl+Z", "Edit", 0, "undo", _nothing_to_undo),
    Command("redo", "Redo", "redo-2", "Ctrl+Shift+Z", "Edit", 0, "redo", _nothing_to_redo),
    Command("cut", "Cut", "scissors", "Ctrl+X", "Edit", 1, "canvas.cut", _no_node, "canvas"),
    Command("copy", "Copy", "copy", "Ctrl+C", "Edit", 1, "canvas.copy", _no_node, "canvas"),
    Command("paste", "Paste", "clipboard-paste", "Ctrl+V", "Edit", 1, "canvas.paste", where="canvas"),
    Command("duplicate", "Duplicate", "copy-plus", "Ctrl+D", "Edit", 1,
            "canvas.duplicate", _no_node, "canvas"),
    Command("delete", "Delete", "trash-2", "Del", "Edit", 1, "canvas.delete_selection", _no_choice, "canvas"),
    Command("all", "Select all", "square-dashed", "Ctrl+A", "Edit", 2, "canvas.select_all", _empty, "canvas"),
    Command("add", "Add a layer…", "plus", "/", "Edit", 2, "add_layer", where="canvas"),
    Command("arrange", "Arrange", "workflow", "Ctrl+L", "Edit", 2, "canvas.arrange", _empty),

    Command("frame", "Show all", "maximize", "F", "View", 0, "canvas.frame_all", _empty, "canvas"),
    Command("zoom_in", "Zoom in", "zoom-in", "Ctrl++", "View", 0, "canvas.zoom_in"),
    Command("zoom_out", "Zoom out", "zoom-out", "Ctrl+-", "View", 0, "canvas.zoom_out"),
    Command("zoom_reset", "Actual size", "", "Ctrl+0", "View", 0, "canvas.zoom_reset"),
    Command("inspector", "Inspector", "sliders-horizontal", "Ctrl+1", "View", 1, "show_inspector"),
    Command("data", "Data", "database", "Ctrl+2", "View", 1, "show_data"),
    Command("plugins", "Plugins", "puzzle", "Ctrl+3", "View", 1, "show_plugins"),
    Command("runs", "Runs", "history", "Ctrl+4", "View", 1, "show_runs"),
    Command("layers", "Layers", "layers", "Ctrl+Shift+L", "View", 2, "show_layers"),
    Command("outline", "Outline", "list-tree", "Ctrl+Shift+O", "View", 2, "show_outline"),
    Command("log", "Logarithmic loss", "", "Ctrl+G", "View", 3,
            "cockpit.loss.toggle_log", checked=_is_logarithmic),
    Command("theme", "Light or dark", "contrast", "Ctrl+T", "View", 4, "toggle_theme"),
    Command("desktop", "Like the desktop", "", "", "View", 4, "follow_desktop", checked=_follows_desktop),

    Command("train", "Train or pause", "play", "Ctrl+Return", "Run", 0, "toggle_training", _cannot_train),
    Command("step", "Train one batch", "step-forward", "Ctrl+.", "Run", 0, "train_one_batch", _cannot_step),
    Command("stop", "Stop", "square", "Ctrl+Shift+Return", "Run", 0, "runs.stop", _not_training),
    Command("terminal", "Copy training command", "terminal", "", "Run", 1, "copy_command", _not_saved),

    Command("palette", "Find a command…", "search", "Ctrl+K", "Help", 0, "show_command_palette"),
    Command("keys", "Keys", "keyboard", "F1", "Help", 0, "show_keys"),
    Command("about", "About Gradloom", "info", "", "Help", 1, "show_about"),
)
# fmt: on


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("Actions", text)


class Actions(QObject):
    """The table's actions for one window, by id."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._actions = {command.id: self._make(command) for command in COMMANDS}
        self.refresh()

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def refresh(self) -> None:
        """Enable what can be done now, and let the rest say why it cannot."""
        for command in COMMANDS:
            action, reason = self[command.id], command.why_not(self._window)
            action.setEnabled(not reason)
            action.setToolTip(reason or _tip(command))
            if command.checked is not None:
                action.setChecked(command.checked(self._window))

    def show_icons(self, ids: Iterable[str] | None = None) -> None:
        """Give these actions, or all, their icons in the colours of the current theme."""
        for command in COMMANDS:
            if command.icon and (ids is None or command.id in ids):
                self[command.id].setIcon(theme.icon(command.icon))

    def _do(self, command: Command) -> None:
        attrgetter(command.do)(self._window)()

    def _make(self, command: Command) -> QAction:
        action = QAction(tr(command.text), self._window)
        action.setObjectName(command.id)
        action.setShortcut(QKeySequence(command.shortcut))
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda _checked=False: self._do(command))
        if command.where == "canvas":
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self._window.canvas.addAction(action)
        else:
            self._window.addAction(action)
        return action


def _tip(command: Command) -> str:
    text = tr(command.text).rstrip("…")
    keys = QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({keys})" if keys else text
