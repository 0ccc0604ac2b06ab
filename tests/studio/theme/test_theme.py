from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradloom_studio import theme
from gradloom_studio.theme import tokens


def test_apply_changes_tokens_palette_and_stylesheet_and_says_so(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    light = qapp.styleSheet()
    with qtbot.waitSignal(theme.watcher.changed):
        theme.apply(qapp, "dark")
    assert tokens.current() is tokens.DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(tokens.DARK.surface)
    assert qapp.styleSheet() != light


def test_applying_the_same_theme_again_says_nothing(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    with qtbot.assertNotEmitted(theme.watcher.changed):
        theme.apply(qapp, "dark")


def test_the_stylesheet_has_every_name_filled_in(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    assert "$" not in qapp.styleSheet()


def strongest(picture: QImage) -> QColor:
    """The colour of a line's middle, where nothing shines through."""
    places = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    return max((picture.pixelColor(x, y) for x, y in places), key=QColor.alpha)


def test_an_icon_is_drawn_in_the_colour_of_its_token(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    picture = theme.icon("square", "danger").pixmap(QSize(16, 16), 2.0).toImage()
    assert strongest(picture) == QColor(tokens.LIGHT.danger)


def test_a_disabled_icon_has_the_colour_of_disabled_text(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    picture = theme.icon("square").pixmap(QSize(16, 16), 2.0, QIcon.Mode.Disabled).toImage()
    assert strongest(picture) == QColor(tokens.LIGHT.text_disabled)


def test_an_unknown_icon_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(KeyError, match="no-such-icon"):
        theme.icon("no-such-icon")


def test_fonts_have_three_sizes_around_the_systems_own(qapp: QApplication) -> None:
    sizes = [theme.font(size).pointSizeF() for size in ("small", "body", "title")]
    assert sizes == sorted(sizes)
    assert sizes[1] == qapp.font().pointSizeF()
