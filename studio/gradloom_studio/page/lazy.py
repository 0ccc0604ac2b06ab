"""A page that is made when somebody first looks at it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class LazyPage(QWidget):
    """Stands for the widget that `make` makes, and from its first sight on holds it."""

    def __init__(self, make: Callable[[], QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self.page: QWidget | None = None

    def showEvent(self, event: QShowEvent) -> None:
        if self.page is None:
            self.page = self._make()
            column = QVBoxLayout(self)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(self.page)
            self.setFocusProxy(self.page)
        super().showEvent(event)
