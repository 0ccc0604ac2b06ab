"""`gradloom studio --screenshot`, in a process of its own, on screens of both densities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage

from gradloom_studio.theme import tokens
from gradloom_studio.window import FIRST_SIZE

FEW = 64


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("theme", [tokens.LIGHT, tokens.DARK], ids=["light", "dark"])
def test_a_picture_has_all_pixels_and_the_colours_of_its_theme(
    gradloom: Callable[..., Any], tmp_path: Path, theme: tokens.Tokens, scale: int
) -> None:
    path = tmp_path / "window.png"
    made = gradloom("studio", "--theme", theme.name, "--screenshot", path, QT_SCALE_FACTOR=str(scale))
    assert (made.returncode, made.stderr) == (0, "")
    image = QImage(str(path))
    assert (image.width(), image.height()) == tuple(scale * side for side in FIRST_SIZE)
    colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > FEW
    assert {QColor(code).rgb() for code in (theme.canvas, theme.surface, theme.accent)} <= colours
