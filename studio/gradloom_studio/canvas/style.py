"""The tokens as the canvas paints with them: colours, pens and fonts, made once for each theme."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from gradloom_studio import theme
from gradloom_studio.theme import tokens
from gradloom_studio.theme.families import UNKNOWN

_SMALLEST_ICON, _LARGEST_ICON = 8, 96

SMALL, BODY, NAME = 11, 12, 13
"""The sizes of the canvas's text."""

NEAR = 0.6
"""From this zoom on, everything is written."""


@dataclass(frozen=True)
class Distance:
    """How the graph is written when it is seen from afar: less, and larger."""

    zoom: float
    name: int
    small: int


DISTANCES = (Distance(0.45, 20, 17), Distance(0.25, 27, 22))


def distance(zoom: float) -> Distance | None:
    """How to write at a zoom below `NEAR`; None where writing could not be read at all."""
    return next((distance for distance in DISTANCES if zoom >= distance.zoom), None)


def colour(name: str, alpha: float = 1.0) -> QColor:
    """The colour of a token, such as "border" or "danger"."""
    return _colour(getattr(tokens.current(), name), alpha)


@cache
def _colour(code: str, alpha: float) -> QColor:
    made = QColor(code)
    made.setAlphaF(alpha)
    return made


def shadow(alpha: float) -> QColor:
    """Black, as thin as this, in both themes."""
    return QColor.fromRgbF(0, 0, 0, alpha)


def family_colour(family: str, alpha: float = 1.0) -> QColor:
    """The colour of a family; an unknown kind has the colour of muted text."""
    current = tokens.current()
    return _colour(current.text_muted if family == UNKNOWN else current.family(family), alpha)


def pen(name: str, width: float = 1.0, line: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen in the colour of a token."""
    return _pen(getattr(tokens.current(), name), width, line)


@cache
def _pen(code: str, width: float, line: Qt.PenStyle) -> QPen:
    return QPen(QColor(code), width, line, Qt.PenCapStyle.RoundCap)


def forget() -> None:
    """Make fonts anew, as after the theme or the system's font has changed."""
    font.cache_clear()
    metrics.cache_clear()


@cache
def font(pixels: int = BODY, strong: bool = False) -> QFont:
    """The theme's font at a size of the canvas, where a unit is a pixel at 100%."""
    made = theme.font("body", strong=strong)
    made.setPixelSize(pixels)
    return made


@cache
def metrics(pixels: int = BODY, strong: bool = False) -> QFontMetricsF:
    return QFontMetricsF(font(pixels, strong))


def elided(text: str, width: float, pixels: int = BODY, strong: bool = False) -> str:
    """The text, or as much of it as fits."""
    return metrics(pixels, strong).elidedText(text, Qt.TextElideMode.ElideRight, width)


def wrapped(text: str, width: float, most: int, pixels: int = SMALL) -> tuple[str, ...]:
    """The text in lines that fit, the last of at most so many shortened where there is more."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most - 1:
        count = 1
        while count < len(words) and _fits(words[: count + 1], width, pixels):
            count += 1
        lines.append(" ".join(words[:count]))
        words = words[count:]
    return (*lines, elided(" ".join(words), width, pixels)) if words else tuple(lines)


def _fits(words: list[str], width: float, pixels: int) -> bool:
    return metrics(pixels).horizontalAdvance(" ".join(words)) <= width


def draw_icon(painter: QPainter, rect: QRectF, name: str, tint: str) -> None:
    """Paint an icon in a token's colour, sharp whatever the zoom."""
    side = round(rect.width() * painter.worldTransform().m11())
    picture = _picture(name, tint, min(max(side, _SMALLEST_ICON), _LARGEST_ICON), tokens.current().name)
    painter.drawPixmap(rect, picture, QRectF(picture.rect()))


@cache
def _picture(name: str, tint: str, side: int, _theme: str) -> QPixmap:
    return theme.pixmap(name, tint, side)
