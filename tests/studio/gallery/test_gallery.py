from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from gradloom.experiment.examples import list_examples
from gradloom.plugins import Catalogue
from gradloom_studio.gallery.gallery import Gallery
from gradloom_studio.theme import tokens


def colours(image: QImage) -> set[str]:
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(0, image.width(), 3)
        for y in range(0, image.height(), 3)
    }


def test_every_example_has_a_card_with_its_graph_on_it(qtbot: QtBot, catalogue: Catalogue) -> None:
    gallery = Gallery(catalogue)
    qtbot.addWidget(gallery)
    gallery.resize(1000, 700)
    gallery.show()
    assert list(gallery.cards) == [example.name for example in list_examples()]
    loss = tokens.current().family("loss").upper()
    for name, card in gallery.cards.items():
        assert loss in colours(card.grab().toImage()), name


def test_a_card_is_opened_by_mouse_and_keyboard(qtbot: QtBot, catalogue: Catalogue) -> None:
    gallery = Gallery(catalogue)
    qtbot.addWidget(gallery)
    gallery.show()
    chosen: list[str] = []
    gallery.chosen.connect(chosen.append)
    first, second = list(gallery.cards)[:2]
    qtbot.mouseClick(gallery.cards[second], Qt.MouseButton.LeftButton)
    qtbot.keyClick(gallery.cards[first], Qt.Key.Key_Space)
    assert chosen == [second, first]


def test_cards_are_dealt_into_the_columns_there_are(qtbot: QtBot, catalogue: Catalogue) -> None:
    gallery = Gallery(catalogue)
    qtbot.addWidget(gallery)
    gallery.show()
    for width, columns in ((420, 1), (700, 2), (1300, 4)):
        gallery.resize(width, 700)
        qtbot.waitUntil(lambda columns=columns: len({card.x() for card in gallery.cards.values()}) == columns)
