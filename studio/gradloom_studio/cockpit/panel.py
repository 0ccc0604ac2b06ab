"""What every panel of the cockpit is: a title with something beside it, and a page that may be empty."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout

from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label

NARROWEST = tokens.spacing(60)
HEADER = tokens.spacing(7)
"""As high as the buttons that some of the panels have there."""


class Panel(QFrame):
    """A titled frame. `stack` holds its pages, first of all the words of the empty one."""

    def __init__(self, title: str, empty: str) -> None:
        super().__init__()
        space = tokens.spacing
        self.title = title
        self.setMinimumWidth(NARROWEST)
        self.setAccessibleName(title)
        self._title = label(title, "heading")
        self._title.setMinimumHeight(HEADER)
        self.empty = QLabel(empty)
        self.empty.setProperty("role", "empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.header = QHBoxLayout()
        self.header.setSpacing(space(3))
        self.header.addWidget(self._title)
        column = QVBoxLayout(self)
        column.setContentsMargins(space(3), space(2), space(3), space(2))
        column.setSpacing(space(1))
        column.addLayout(self.header)
        column.addWidget(self.stack, 1)

    @property
    def cost_s(self) -> float:
        """How many seconds drawing took the last time."""
        return 0.0

    def show_title(self, shown: bool) -> None:
        """Leave the title out where a tab says it already."""
        self._title.setVisible(shown)
