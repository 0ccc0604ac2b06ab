"""How good or bad a sentence is, and the icon that says so without colour alone."""

from __future__ import annotations

from typing import Literal, TypeAlias

from PySide6.QtGui import QPixmap

from gradloom_studio import theme

Tone: TypeAlias = Literal["quiet", "good", "warning", "danger"]

_ICONS: dict[Tone, tuple[str, str]] = {
    "quiet": ("info", "text_muted"),
    "good": ("circle-check", "success"),
    "warning": ("triangle-alert", "warning"),
    "danger": ("circle-alert", "danger"),
}


def tone_picture(tone: Tone) -> QPixmap:
    """The icon for a tone, in its colour."""
    return theme.pixmap(*_ICONS[tone])
