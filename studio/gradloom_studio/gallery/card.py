"""One example: a drawing of its graph, its title and a line about it. Pressing it opens the example."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from gradloom.experiment.document import Document
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio import theme
from gradloom_studio.gallery.graph_preview import draw_graph
from gradloom_studio.theme import tokens
from gradloom_studio.theme.tokens import RADIUS, spacing

SMALLEST = QSize(276, 208)
_PICTURE_HEIGHT = 116


class ExampleCard(QAbstractButton):
    """Paints itself; behaves as a button."""

    def __init__(
        self,
        title: str,
        description: str,
        document: Document,
        catalogue: Catalogue,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title, self._description = title, description
        self._document, self._catalogue = document, catalogue
        self.setMinimumSize(SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)
        self.setToolTip(description)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return SMALLEST

    def paintEvent(self, event: QPaintEvent) -> None:
        now = tokens.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = now.accent if self.hasFocus() else now.border_strong if self.underMouse() else now.border
        painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(now.surface_pressed if self.isDown() else now.surface))
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        self._paint_picture(painter)
        self._paint_words(painter)

    def _paint_picture(self, painter: QPainter) -> None:
        inset = spacing(2)
        picture = QRectF(inset, inset, self.width() - 2 * inset, _PICTURE_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.current().canvas))
        painter.drawRoundedRect(picture, RADIUS - 2, RADIUS - 2)
        margin = spacing(3)
        draw_graph(
            painter, picture.adjusted(margin, margin, -margin, -margin), self._document, self._catalogue
        )

    def _paint_words(self, painter: QPainter) -> None:
        left, top, width = spacing(3), _PICTURE_HEIGHT + spacing(4), self.width() - spacing(6)
        painter.setPen(QColor(tokens.current().text))
        painter.setFont(theme.font("body", strong=True))
        height = painter.fontMetrics().height()
        title = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(left, top, width, height), Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(QColor(tokens.current().text_muted))
        painter.setFont(theme.font("small"))
        below = QRectF(left, top + height + spacing(1), width, self.height() - top - height - spacing(2))
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self._description)
