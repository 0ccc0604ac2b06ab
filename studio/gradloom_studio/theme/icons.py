"""Icons of one set (Lucide), drawn in a token's colour and sharp at every scale of the screens there are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from gradloom_studio.theme import tokens

FOLDER = Path(__file__).parent / "icons"
SIZES = (16, 20)
"""The logical sizes at which icons are shown; others are scaled."""


def icon(name: str, colour: str = "text") -> QIcon:
    """An icon in the colour of a token, and in that of disabled text where its control is disabled.

    Raises:
        KeyError: if there is no icon of this name.
    """
    theme = tokens.current()
    return _icon(name, _hex(theme, colour), theme.text_disabled, _scales())


def put_icon(button: QAbstractButton, name: str, colour: str = "text") -> None:
    """Put an icon on a button that has a text, with air between the two."""
    side, gap = SIZES[0], tokens.spacing(1)
    made = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, "text_disabled")):
        for scale in _scales():
            wide = QPixmap(QSize(round((side + gap) * scale), round(side * scale)))
            wide.fill(Qt.GlobalColor.transparent)
            painter = QPainter(wide)
            painter.drawPixmap(0, 0, _render(name, _hex(tokens.current(), ink), round(side * scale)))
            painter.end()
            made.addPixmap(wide, mode)
    button.setIconSize(QSize(side + gap, side))
    button.setIcon(made)


def pixmap(name: str, colour: str = "text", size: int = 16) -> QPixmap:
    """One icon as a picture of so many logical pixels, sharp on the sharpest screen."""
    scale = max(_scales())
    made = _render(name, _hex(tokens.current(), colour), round(size * scale))
    made.setDevicePixelRatio(scale)
    return made


def _hex(theme: tokens.Tokens, colour: str) -> str:
    return (
        theme.family(colour.removeprefix("family:"))
        if colour.startswith("family:")
        else getattr(theme, colour)
    )


def _scales() -> tuple[float, ...]:
    """What is rendered: for a screen of usual density, and for the sharpest one there is."""
    app = QGuiApplication.instance()
    return tuple(sorted({1.0, app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0}))


@cache
def _icon(name: str, colour: str, disabled: str, scales: tuple[float, ...]) -> QIcon:
    made = QIcon()
    for side in sorted({round(size * scale) for size in SIZES for scale in scales}):
        made.addPixmap(_render(name, colour, side), QIcon.Mode.Normal)
        made.addPixmap(_render(name, disabled, side), QIcon.Mode.Disabled)
    return made


def _render(name: str, colour: str, side: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    made = QPixmap(QSize(side, side))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return made


@cache
def _source(name: str) -> str:
    path = FOLDER / f"{name}.svg"
    if not path.is_file():
        raise KeyError(f"There is no icon called {name}.")
    return path.read_text(encoding="utf-8")
