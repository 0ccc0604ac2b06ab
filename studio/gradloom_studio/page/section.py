"""The frame that the inspector's pages share."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label


class Page(QWidget):
    """A column with the panel's margins."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        space = tokens.spacing
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(space(4), space(3), space(2), space(4))
        self.column.setSpacing(space(2))

    def add_heading(self, text: str) -> QLabel:
        """A heading with air above."""
        self.column.addSpacing(tokens.spacing(3))
        heading = label(text, "heading")
        self.column.addWidget(heading)
        return heading
