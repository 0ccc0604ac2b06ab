"""The panel on the right: the page of whatever is selected."""

from __future__ import annotations

from typing import TypeAlias

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gradloom.experiment.document import Wire
from gradloom_studio.inspector.node_page import NodePage
from gradloom_studio.inspector.selection_page import SeveralPage, WirePage
from gradloom_studio.inspector.settings_page import SettingsPage
from gradloom_studio.model.experiment import ExperimentModel

AnyPage: TypeAlias = NodePage | WirePage | SeveralPage | SettingsPage


class Inspector(QScrollArea):
    """One page at a time, refilled when the model changes and made anew when something else is selected."""

    refused = Signal(str)
    """An edit that could not be done, as a sentence."""

    def __init__(self, model: ExperimentModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._model = model
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(0)
        self._refresh.timeout.connect(self.refresh)
        for signal in (model.document_changed, model.analysis_changed, model.selection_changed):
            signal.connect(self._refresh_soon)
        model.path_changed.connect(self._refresh_soon)
        model.catalogue_changed.connect(self.rebuild)
        self.rebuild()

    @property
    def page(self) -> AnyPage:
        """What is shown now."""
        return self.widget()  # type: ignore[return-value]

    def refresh(self) -> None:
        """Bring the page up to date, or make another one where it does not fit any more."""
        self._refresh.stop()
        if self._fits(self.page):
            self.page.refresh()
        else:
            self.rebuild()

    def rebuild(self) -> None:
        """Make the page anew from the model alone."""
        page = self._make()
        page.refused.connect(self.refused)
        if isinstance(page, SettingsPage):
            page.node_asked.connect(lambda node: self._model.set_selection([node]))
        old = self.takeWidget()
        if old is not None:
            old.hide()
            old.deleteLater()
        self.setWidget(page)

    def edit_node(self, node: str) -> None:
        """Select a node and put the keyboard into its first parameter."""
        self._model.set_selection([node])
        self.refresh()
        if isinstance(self.page, NodePage):
            self.page.form.focus()

    def _refresh_soon(self, _change: object = None) -> None:
        self._refresh.start()

    def _make(self) -> AnyPage:
        match self._subject():
            case None:
                return SettingsPage(self._model)
            case Wire() as wire:
                return WirePage(self._model, wire)
            case str() as node:
                return NodePage(self._model, node)
            case _:
                return SeveralPage(self._model)

    def _fits(self, page: AnyPage) -> bool:
        subject = self._subject()
        if isinstance(page, NodePage):
            return isinstance(subject, str) and page.shows(subject)
        if isinstance(page, WirePage):
            return page.wire == subject
        return isinstance(page, SettingsPage if subject is None else SeveralPage) and not isinstance(
            subject, str | Wire
        )

    def _subject(self) -> str | Wire | tuple[str | Wire, ...] | None:
        """The one thing that is selected; all of them if there are several; None for the experiment."""
        chosen: tuple[str | Wire, ...] = (*self._model.selected_nodes, *self._model.selected_wires)
        if len(self._model.selected_nodes) == 1:
            return self._model.selected_nodes[0]
        return chosen[0] if len(chosen) == 1 else chosen or None
