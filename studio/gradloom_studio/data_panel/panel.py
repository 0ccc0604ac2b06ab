"""The panel that shows the experiment's data set: what is in it, and what it looks like."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from gradloom.data.sources.previews import Field, Preview
from gradloom.experiment.analysis import Problem
from gradloom.experiment.data_set import state_of_files
from gradloom.experiment.document import Choice
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio.data_panel.class_bars import ClassBars
from gradloom_studio.data_panel.loading import PreviewLoader
from gradloom_studio.data_panel.sample_grid import SampleGrid
from gradloom_studio.data_panel.sample_table import SampleTable, target_text
from gradloom_studio.data_panel.scatter import Scatter
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.page.notice import Notice
from gradloom_studio.page.section import Page
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import label
from gradloom_studio.words.figures import significant
from gradloom_studio.words.graph import count_text, shape_text

MOST_RANGES = 40


class DataPanel(QScrollArea):
    """Reads the data set when it is first seen, and again where another one is chosen or its files change."""

    def __init__(self, model: ExperimentModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataPanel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._model = model
        self._shown: tuple[Choice, Catalogue, Hashable] | None = None
        self.preview: Preview | None = None
        self.loader = PreviewLoader(self)
        self.loader.loaded.connect(self._on_loaded)
        self.loader.failed.connect(self._on_failed)
        model.document_changed.connect(self._update)
        model.analysis_changed.connect(self._update)
        model.catalogue_changed.connect(self._update)
        self._say(self.tr("The data set appears here."))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._update()

    def _update(self, _change: object = None) -> None:
        """Ask for a preview where another data set than the one shown is meant, and somebody looks."""
        if not self.isVisible():
            return
        source, catalogue = self._model.located.data.source, self._model.catalogue
        wanted = (source, catalogue, state_of_files(source, catalogue))
        if wanted != self._shown:
            self._shown = wanted
            if self.preview is None:
                self._say(self.tr("Reading the data."))
            self.loader.load(source, catalogue)

    def _on_loaded(self, preview: Preview) -> None:
        self.preview = preview
        self.setWidget(self._page(preview))

    def _on_failed(self, reason: str) -> None:
        self.preview = None
        page = self._start_page()
        page.column.addWidget(Notice(Problem("data", reason)))
        page.column.addWidget(
            label(
                self.tr("Put it right in the inspector, or choose another data set there."),
                "muted",
                wrap=True,
            )
        )
        page.column.addStretch(1)
        self.setWidget(page)

    def _say(self, words: str) -> None:
        page = Page()
        page.column.addStretch(1)
        empty = label(words, "empty", wrap=True)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        page.column.addWidget(empty)
        page.column.addStretch(1)
        self.setWidget(page)

    def _start_page(self) -> Page:
        page = Page()
        source = self._model.document.data.source
        entry = self._model.catalogue.get(source.kind)
        page.column.addWidget(label(source.kind, "title"))
        if entry is not None and entry.summary:
            page.column.addWidget(label(entry.summary, "muted", wrap=True))
        return page

    def _page(self, preview: Preview) -> Page:
        page = self._start_page()
        page.column.addWidget(label(self._facts(preview), wrap=True))
        if preview.has_nan:
            page.column.addWidget(Notice(Problem("data", self.tr("Some values are missing (NaN)."))))
        page.add_heading(self.tr("Samples"))
        samples = _samples_view(preview)
        page.column.addWidget(samples)
        if preview.classes:
            page.add_heading(self.tr("Classes"))
            by_class = isinstance(samples, Scatter)
            page.column.addWidget(ClassBars(preview.classes, preview.class_counts, by_class=by_class))
        page.add_heading(self.tr("Ranges"))
        if preview.looked_at < preview.samples:
            seen = self.tr("Of {0} samples from all over the file.").format(count_text(preview.looked_at))
            page.column.addWidget(label(seen, "muted", wrap=True))
        page.column.addLayout(self._ranges(preview))
        if preview.notice:
            page.column.addSpacing(tokens.spacing(3))
            page.column.addWidget(label(preview.notice, "small", wrap=True))
        page.column.addStretch(1)
        return page

    def _facts(self, preview: Preview) -> str:
        words = [self.tr("{0} samples").format(count_text(preview.samples))]
        if preview.held_out:
            words[0] += self.tr(", {0} of them held out").format(count_text(preview.held_out))
        if preview.classes:
            words.append(self.tr("{0} classes").format(len(preview.classes)))
        shape = preview.fields[0].shape
        each = self.tr("{0} numbers each") if len(shape) == 1 and shape[0] > 1 else self.tr("each {0}")
        words.append(each.format(shape_text(shape)))
        return ", ".join(words)

    def _ranges(self, preview: Preview) -> QGridLayout:
        """Lowest and highest value of every field; of a table, of its columns."""
        columns = preview.fields[1:] or preview.fields
        fields = [*columns[:MOST_RANGES], *([preview.target] if preview.task == "regression" else [])]
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.spacing(2))
        grid.setVerticalSpacing(tokens.spacing(1))
        grid.setColumnStretch(0, 1)
        for row, field in enumerate(fields):
            grid.addWidget(label(field.name, "small"), row, 0)
            grid.addWidget(label(_range_text(field), "small"), row, 1, Qt.AlignmentFlag.AlignRight)
        return grid


def _samples_view(preview: Preview) -> QWidget:
    """Pictures where they are pictures, points where they are two numbers, else a table."""
    shown = preview.shown
    if preview.pictures is not None:
        return SampleGrid(preview.pictures, [target_text(shown, row) for row in range(len(shown))])
    if preview.task == "classification" and preview.fields[0].shape == (2,):
        return Scatter(shown.x, shown.target)
    if preview.task == "regression" and preview.fields[0].shape == (1,) == preview.target.shape:
        return Scatter(np.hstack([shown.x, shown.target]), None)
    return SampleTable(shown)


def _range_text(field: Field) -> str:
    return f"{significant(field.low)} to {significant(field.high)}"
