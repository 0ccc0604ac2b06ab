"""Qt's palette, made from the tokens."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from gradloom_studio.theme.tokens import Tokens

_ROLES = {
    "Window": "surface",
    "WindowText": "text",
    "Base": "surface",
    "AlternateBase": "surface_raised",
    "Text": "text",
    "PlaceholderText": "text_muted",
    "Button": "surface_raised",
    "ButtonText": "text",
    "BrightText": "danger",
    "ToolTipBase": "surface_raised",
    "ToolTipText": "text",
    "Highlight": "accent",
    "HighlightedText": "accent_text",
    "Accent": "accent",
    "Link": "accent",
    "LinkVisited": "accent",
    "Light": "surface_hover",
    "Midlight": "border",
    "Mid": "border",
    "Dark": "border_strong",
    "Shadow": "border_strong",
}
_DISABLED = ("WindowText", "Text", "ButtonText", "PlaceholderText")


def palette(tokens: Tokens) -> QPalette:
    """The palette of one theme."""
    made = QPalette()
    for role, token in _ROLES.items():
        made.setColor(QPalette.ColorRole[role], QColor(getattr(tokens, token)))
    for role in _DISABLED:
        colour = QColor(tokens.text_disabled)
        made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[role], colour)
    disabled_highlight = QColor(tokens.border)
    made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, disabled_highlight)
    return made
