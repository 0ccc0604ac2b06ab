"""The system's font at three sizes, with digits of equal width where figures change."""

from __future__ import annotations

from typing import Literal, TypeAlias

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

Size: TypeAlias = Literal["small", "body", "title"]

SCALE: dict[Size, float] = {"small": 0.9, "body": 1.0, "title": 1.25}
"""Each size as a multiple of the system's own."""


def font(size: Size = "body", *, strong: bool = False) -> QFont:
    """The system's font at one of the three sizes; its digits all have the same width."""
    made = QFont(QApplication.font())
    if made.pointSizeF() > 0:
        made.setPointSizeF(made.pointSizeF() * SCALE[size])
    else:
        made.setPixelSize(round(made.pixelSize() * SCALE[size]))
    if strong:
        made.setWeight(QFont.Weight.DemiBold)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def points(size: Size) -> float:
    """The size in points, for a stylesheet."""
    return font(size).pointSizeF()
