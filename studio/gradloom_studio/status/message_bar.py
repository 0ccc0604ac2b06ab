"""A line below the toolbar for what a person should know now. It never asks and never blocks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from gradloom_studio import theme
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label
from gradloom_studio.theme.tone import Tone, tone_picture


class MessageBar(QFrame):
    """One message at a time, the latest; it stays until it is closed or outdated."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "message")
        self._tone: Tone = "quiet"
        self._details = ""
        self._picture = QLabel()
        self._text = label(wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy_details = QPushButton(self.tr("Copy details"))
        self.copy_details.setAccessibleName(self.copy_details.text())
        self.copy_details.clicked.connect(self._on_copy)
        self.close_button = QToolButton()
        self.close_button.setToolTip(self.tr("Close this message"))
        self.close_button.setAccessibleName(self.close_button.toolTip())
        self.close_button.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.spacing(3), tokens.spacing(1), tokens.spacing(2), tokens.spacing(1))
        row.setSpacing(tokens.spacing(2))
        row.addWidget(self._picture)
        row.addWidget(self._text, 1)
        row.addWidget(self.copy_details)
        row.addWidget(self.close_button)
        theme.watcher.changed.connect(self._show_icons)
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty where nothing is."""
        return "" if self.isHidden() else self._text.text()

    def show_message(self, text: str, tone: Tone = "quiet", details: str = "") -> None:
        """Say one sentence; details, such as a traceback, are one click away."""
        self._tone, self._details = tone, details
        self.setProperty("tone", tone)
        self.style().polish(self)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.copy_details.setVisible(bool(details))
        self._show_icons()
        self.show()
        # A screen reader reads it out at once, wherever the keyboard is.
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def clear(self) -> None:
        """Say nothing."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
        else:
            super().keyPressEvent(event)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text.text()}\n\n{self._details}")

    def _show_icons(self) -> None:
        self._picture.setPixmap(tone_picture(self._tone))
        self.close_button.setIcon(theme.icon("x", "text_muted"))
