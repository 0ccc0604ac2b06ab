"""The list of plugins, and the folder to drop one into."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QWidget

from gradloom.plugins.catalogue import Catalogue
from gradloom.plugins.host import Plugins
from gradloom_studio import theme
from gradloom_studio.extensions.card import PluginCard
from gradloom_studio.page.section import Page
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label


class ExtensionsPanel(QScrollArea):
    """A card for each plugin, broken ones first."""

    reload_requested = Signal()

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        """`folder` is where drop-in plugins go; it need not exist."""
        super().__init__(parent)
        self.setObjectName("extensions")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._folder = folder
        self._plugins = Plugins(Catalogue({}), ())
        self.cards: list[PluginCard] = []
        theme.watcher.changed.connect(self._on_theme)

    def show_plugins(self, plugins: Plugins) -> None:
        """Show these plugins and no others."""
        self._plugins = plugins
        if self.isVisible():
            self._rebuild()

    def showEvent(self, event: QShowEvent) -> None:
        self._rebuild()
        super().showEvent(event)

    def _on_theme(self) -> None:
        self.show_plugins(self._plugins)

    def _rebuild(self) -> None:
        page = Page()
        page.column.addWidget(label(self.tr("Plugins"), "title"))
        page.column.addWidget(label(self._summary(), "muted", wrap=True))
        page.column.addLayout(self._buttons())
        ordered = sorted(self._plugins.loaded, key=lambda report: report.state != "broken")
        self.cards = [PluginCard(report, self._plugins.catalogue) for report in ordered]
        for card in self.cards:
            page.column.addWidget(card)
        if not any(report.source != "built in" for report in ordered):
            page.column.addWidget(label(self._invitation(), "muted", wrap=True))
        page.column.addStretch(1)
        self.setWidget(page)

    def _summary(self) -> str:
        broken = len(self._plugins.broken)
        working = len(self._plugins.loaded) - broken
        words = self.tr("{0} working").format(working)
        return (
            words
            if not broken
            else self.tr("{0}, {1} broken. The rest is not affected.").format(words, broken)
        )

    def _invitation(self) -> str:
        words = self.tr("Install a plugin with pip, or put its .py file here and press Reload:\n{0}")
        return words.format(self._folder)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.spacing(2))
        reload = QPushButton(self.tr("Reload"))
        theme.put_icon(reload, "refresh-cw")
        reload.setToolTip(self.tr("Look for plugins again"))
        reload.clicked.connect(self.reload_requested)
        folder = QPushButton(self.tr("Open folder"))
        theme.put_icon(folder, "folder-open")
        folder.setToolTip(str(self._folder))
        folder.clicked.connect(self._on_folder)
        for button in (reload, folder):
            button.setAccessibleName(button.text())
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _on_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
