"""Panels side by side, as many as there is room for; the others share a place, behind tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QTabWidget, QWidget

from gradloom_studio.cockpit.panel import NARROWEST, Panel

One = TypeVar("One")


def grouped(panels: Sequence[One], places: int) -> list[list[One]]:
    """The panels of each place. The last panel keeps its own as long as there are three places."""
    if places >= len(panels):
        return [[panel] for panel in panels]
    if places < 3:
        alone = max(0, places - 1)
        return [*([panel] for panel in panels[:alone]), list(panels[alone:])]
    alone = places - 2
    return [*([panel] for panel in panels[:alone]), list(panels[alone:-1]), [panels[-1]]]


class PanelRow(QWidget):
    """Deals its panels out anew whenever it gets room for more or fewer of them."""

    turned = Signal()
    """Another tab is in front, so what was hidden is seen now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(NARROWEST)
        self.panels: tuple[Panel, ...] = ()
        self._groups: list[list[Panel]] = []
        self._tabs: list[QTabWidget] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        # Otherwise the panels that are there would keep the row from becoming too narrow for them.
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)

    def set_panels(self, panels: Sequence[Panel]) -> None:
        """Show these and no others; those that are left out are deleted."""
        for panel in set(self.panels) - set(panels):
            panel.hide()
            panel.deleteLater()
        self.panels = tuple(panels)
        self._deal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._deal()

    def _deal(self) -> None:
        groups = grouped(self.panels, max(1, self.width() // NARROWEST))
        if groups == self._groups:
            return
        self._groups = groups
        for panel in self.panels:
            panel.setParent(self)
        for tabs in self._tabs:
            tabs.deleteLater()
        self._tabs = []
        while self._row.takeAt(0) is not None:
            pass
        for group in groups:
            for panel in group:
                panel.show_title(len(group) == 1)
            widget = group[0] if len(group) == 1 else self._tabbed(group)
            self._row.addWidget(widget, 1)
            widget.show()
        self.turned.emit()

    def _tabbed(self, group: Sequence[Panel]) -> QTabWidget:
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.tabBar().setDrawBase(False)
        tabs.setAccessibleName(", ".join(panel.title for panel in group))
        for panel in group:
            tabs.addTab(panel, panel.title)
        tabs.currentChanged.connect(lambda _index: self.turned.emit())
        self._tabs.append(tabs)
        return tabs
