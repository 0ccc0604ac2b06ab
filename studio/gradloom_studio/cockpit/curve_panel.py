"""A titled panel around one plot: legend, readout, scale buttons, and a friendly empty state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolButton

from gradloom.experiment.gate import Gate
from gradloom_studio import theme
from gradloom_studio.cockpit.legend import LegendEntry
from gradloom_studio.cockpit.overlay_key import OverlayKey
from gradloom_studio.cockpit.panel import Panel
from gradloom_studio.cockpit.series import Overlay, Series, Style
from gradloom_studio.theme import tokens
from gradloom_studio.theme.labels import SteadyLabel
from gradloom_studio.words.figures import metric

if TYPE_CHECKING:
    from gradloom_studio.cockpit.curve_plot import CurvePlot


LOG_FROM, TRAIN_FROM, NAMES_FROM, EPOCH_FROM = (tokens.spacing(steps) for steps in (55, 70, 105, 125))
"""From these widths on there is room for the scale's button, for the figures of training, for the legend's
names, for the epoch."""


class CurvePanel(Panel):
    """Shows one metric of a run; empty until `draw` gets its first curve."""

    def __init__(self, title: str, metric_name: str, empty: str, gate: Gate) -> None:
        super().__init__(title, empty)
        self.setObjectName("curvePanel")
        self._gate = gate
        self.metric_name = metric_name
        self.plot: CurvePlot | None = None
        self._series: tuple[Series, ...] = ()
        self._overlays: tuple[Overlay, ...] = ()
        self.key = OverlayKey()
        self._epoch = SteadyLabel(self.tr("epoch {number}").format(number="00000"), role="muted")
        self.legend: dict[Style, LegendEntry] = {
            "train": LegendEntry(self.tr("train"), dashed=False),
            "validation": LegendEntry(self.tr("validation"), dashed=True),
        }
        self._log = self._button(self.tr("log"), self.tr("Show values on a logarithmic scale"))
        self._log.setCheckable(True)
        self._log.toggled.connect(self._on_log)
        self._fit = self._button(self.tr("fit"), self.tr("Fit the view to the curves again"))
        self._fit.clicked.connect(self._on_fit)
        self._fit.hide()
        self._assemble()
        self.draw(())
        theme.watcher.changed.connect(self._restyle)

    @property
    def cost_s(self) -> float:
        """How many seconds drawing took the last time."""
        return self.plot.cost_s if self.plot is not None else 0.0

    @property
    def series(self) -> tuple[Series, ...]:
        """The curves that are shown now."""
        return self._series

    def draw(self, series: Sequence[Series]) -> None:
        """Show these curves, or the empty state when there is no point at all."""
        filled = any(len(one.x) for one in series)
        self._series = tuple(series) if filled else ()
        self._show_page()

    def overlay(self, overlays: Sequence[Overlay]) -> None:
        """Show these curves of other runs beside the run's own."""
        self._overlays = tuple(overlays)
        self.key.show_overlays(self._overlays, self.metric_name)
        if overlays or self.plot is not None:
            self.ensure_plot().overlay(self._overlays)
        self._show_page()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_what_fits()

    def _show_page(self) -> None:
        """Show the plot, or the words of the empty state where there is nothing to draw."""
        self._show_what_fits()
        if not self._series and not self._overlays:
            self.stack.setCurrentWidget(self.empty)
            return
        plot = self.ensure_plot()
        plot.draw(self._series)
        self.stack.setCurrentWidget(plot)
        if not plot.underMouse():
            self._read(None)

    def _show_what_fits(self) -> None:
        filled = bool(self._series)
        room = self.width() - (self.key.sizeHint().width() if self._overlays else 0)
        for entry in self.legend.values():
            entry.set_compact(room < NAMES_FROM)
        self.legend["train"].setVisible(filled and room >= TRAIN_FROM)
        self.legend["validation"].setVisible(filled)
        self._log.setVisible((filled or bool(self._overlays)) and room >= LOG_FROM)
        self._epoch.setVisible(filled and room >= EPOCH_FROM)

    def ensure_plot(self) -> CurvePlot:
        """Make the plot at its first use, since its library is slow to load."""
        if self.plot is None:
            from gradloom_studio.cockpit.curve_plot import CurvePlot

            self.plot = CurvePlot(self.title, self.metric_name, self._gate)
            self.plot.hovered.connect(self._read)
            self.plot.range_taken.connect(self._fit.show)
            self.stack.addWidget(self.plot)
        return self.plot

    @property
    def is_logarithmic(self) -> bool:
        return self._log.isChecked()

    def toggle_log(self) -> None:
        """Show values on a logarithmic scale, or no longer."""
        self._log.toggle()

    def _assemble(self) -> None:
        for entry in self.legend.values():
            self.header.addWidget(entry)
        self.header.addWidget(self.key)
        self.header.addStretch(1)
        self.header.addWidget(self._epoch)
        self.header.addWidget(self._fit)
        self.header.addWidget(self._log)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        return button

    def _read(self, x: float | None) -> None:
        """Say the values at this epoch, or the last ones when the pointer is elsewhere."""
        for one in self._series:
            if one.style == "batch":
                continue
            if not len(one.x):
                self.legend[one.style].set_value("")
                self._epoch.clear()
                continue
            at = len(one.x) - 1 if x is None else int(np.abs(one.x - x).argmin())
            self.legend[one.style].set_value(metric(self.metric_name, float(one.y[at])))
            self._epoch.setText(self.tr("epoch {number}").format(number=int(one.x[at])))

    def _on_log(self, log: bool) -> None:
        self.ensure_plot().set_log(log)

    def _on_fit(self) -> None:
        self.ensure_plot().fit()
        self._fit.hide()

    def _restyle(self) -> None:
        if self.plot is not None:
            self.plot.restyle()
            self.plot.draw(self._series)
            self.key.update()
