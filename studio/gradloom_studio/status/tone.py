"""How good or bad a sentence is, and the icon that says so without colour alone."""

from __future__ import annotations

from PySide6.QtGui import QPixmap

from gradloom_studio import theme
from gradloom_studio.cockpit.verdict import Tone

__all__ = ["Tone", "tone_picture"]

_ICONS: dict[Tone, tuple[str, str]] = {
    "quiet": ("info", "text_muted"),
    "good": ("circle-check", "success"),
    "warning": ("triangle-alert", "warning"),
    "danger": ("circle-alert", "danger"),
}


def tone_picture(tone: Tone) -> QPixmap:
    """The icon for a tone, in its colour."""
    return theme.pixmap(*_ICONS[tone])
