"""The look: colours, measures, fonts and icons, and the one place that applies them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from gradloom_studio.theme import tokens
from gradloom_studio.theme.fonts import font
from gradloom_studio.theme.icons import icon, pixmap, put_icon
from gradloom_studio.theme.palette import palette
from gradloom_studio.theme.stylesheet import stylesheet

__all__ = ["Name", "apply", "chosen", "font", "icon", "pixmap", "put_icon", "tokens", "watcher"]

Name: TypeAlias = Literal["light", "dark", "system"]


class Watcher(QObject):
    """Says when the theme has changed; whoever paints by hand or shows icons listens."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._follows = False

    def follow_system(self) -> None:
        """From now on, take part when the desktop turns dark or light."""
        if not self._follows:
            QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme)
            self._follows = True

    @Slot()
    def _on_scheme(self) -> None:
        app = QApplication.instance()
        if _chosen == "system" and isinstance(app, QApplication):
            apply(app, "system")


watcher = Watcher()
_chosen: Name = "system"


def chosen() -> Name:
    """What was asked for last."""
    return _chosen


def apply(app: QApplication, name: Name) -> None:
    """Show the application in this theme; "system" follows the desktop, now and whenever it changes."""
    global _chosen
    _chosen = name
    watcher.follow_system()
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    _show(app, tokens.DARK if name == "dark" or (name == "system" and _system_is_dark()) else tokens.LIGHT)


def _system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def _show(app: QApplication, theme: tokens.Tokens) -> None:
    if tokens.current() is theme and app.styleSheet():
        return
    tokens.use(theme)
    app.setPalette(palette(theme))
    app.setStyleSheet(stylesheet(theme))
    watcher.changed.emit()
