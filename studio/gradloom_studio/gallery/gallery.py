"""The page of examples, in the place of the canvas while one is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gradloom.experiment.document import Document
from gradloom.experiment.document_file import DocumentError
from gradloom.experiment.examples import list_examples, read_example
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio import theme
from gradloom_studio.gallery.card import SMALLEST, ExampleCard
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label

GAP = tokens.spacing(4)


class Gallery(QScrollArea):
    """A card for each example; choosing one says its name, Escape says that none was wanted."""

    chosen = Signal(str)
    dismissed = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gallery")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cards: dict[str, ExampleCard] = {}
        for example in list_examples():
            document = _document(example.name)
            card = ExampleCard(example.title, example.description, document, catalogue)
            card.clicked.connect(lambda _checked=False, name=example.name: self.chosen.emit(name))
            self.cards[example.name] = card
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        self._columns = 0
        self._assemble()
        theme.watcher.changed.connect(self._show_icons)

    def focus_first(self) -> None:
        """Put the keyboard on the first card."""
        if self.cards:
            next(iter(self.cards.values())).setFocus(Qt.FocusReason.TabFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._deal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def _assemble(self) -> None:
        self._back = QPushButton(self.tr("Back to the experiment"))
        self._back.setAccessibleName(self._back.text())
        self._back.clicked.connect(self.dismissed)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Examples"), "title"))
        head.addStretch(1)
        head.addWidget(self._back)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*[tokens.spacing(6)] * 4)
        column.setSpacing(tokens.spacing(2))
        column.addLayout(head)
        column.addWidget(label(self.tr("Each opens ready to train. Yours stays as it was saved."), "muted"))
        column.addSpacing(tokens.spacing(2))
        column.addLayout(self._grid)
        column.addStretch(1)
        self.setWidget(page)
        self._show_icons()
        self._deal()

    def _show_icons(self) -> None:
        theme.put_icon(self._back, "x")

    def _deal(self) -> None:
        """Put the cards into as many columns as there is room for."""
        room = self.viewport().width() - 2 * tokens.spacing(6)
        columns = max(1, (room + GAP) // (SMALLEST.width() + GAP))
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, int(column < columns))
        self._columns = columns
        for index, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, index // columns, index % columns)


def _document(name: str) -> Document:
    """The example; an empty one where its file is damaged, which opening it will say."""
    try:
        return read_example(name)
    except DocumentError:
        return Document()
