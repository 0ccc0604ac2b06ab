"""All keys on one page."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from gradloom_studio.actions import COMMANDS, Command, tr
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label

CANVAS_KEYS: tuple[tuple[str, str], ...] = (
    ("Space", "Train, pause, go on"),
    (".", "Train one batch"),
    ("Tab", "Add a layer"),
    ("Arrows", "Walk through the graph"),
    ("Shift+Arrows", "Select on the way"),
    ("Ctrl+Arrows", "Move what is selected"),
    ("Return", "Edit the node"),
    ("W", "Wire two selected nodes"),
    ("Ctrl+Del", "Take a node out and join its neighbours"),
    ("Shift+F", "Show the selection"),
    ("Wheel", "Zoom to the pointer"),
    ("Space+drag, middle button", "Move the view"),
    ("Esc", "Back to the canvas, cancel, select nothing"),
)


class KeysOverview(QDialog):
    """Two columns: the window's keys from the table of actions, and the canvas's own."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window = [_row(command) for command in COMMANDS if command.shortcut and command.where == "window"]
        canvas = [_row(command) for command in COMMANDS if command.shortcut and command.where == "canvas"]
        canvas += [(_translated(keys), _translated(words)) for keys, words in CANVAS_KEYS]
        row = QHBoxLayout(self)
        row.setContentsMargins(*[tokens.spacing(6)] * 4)
        row.setSpacing(tokens.spacing(10))
        row.addLayout(_column(self.tr("Everywhere"), window))
        row.addLayout(_column(self.tr("On the canvas"), canvas))


def _column(title: str, rows: list[tuple[str, str]]) -> QVBoxLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.spacing(4))
    grid.setVerticalSpacing(tokens.spacing(1))
    for at, (keys, words) in enumerate(rows):
        grid.addWidget(label(words), at, 0)
        grid.addWidget(label(keys, "badge"), at, 1, Qt.AlignmentFlag.AlignRight)
    column = QVBoxLayout()
    column.setSpacing(tokens.spacing(2))
    column.addWidget(label(title, "title"))
    column.addLayout(grid)
    column.addStretch(1)
    return column


def _row(command: Command) -> tuple[str, str]:
    keys = QKeySequence(command.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    return keys, tr(command.text).rstrip("…")


def _translated(text: str) -> str:
    return QCoreApplication.translate("Keys", text)
