"""The cockpit: loss, metrics and predictions of the run, side by side, redrawn as the run goes on."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from gradloom_studio.cockpit.curve_panel import CurvePanel
from gradloom_studio.cockpit.panel import Panel
from gradloom_studio.cockpit.panel_row import PanelRow
from gradloom_studio.cockpit.predictions_panel import PredictionsPanel, views
from gradloom_studio.cockpit.series import Overlay, Series
from gradloom_studio.model.comparison import ComparedRun
from gradloom_studio.model.history import Part
from gradloom_studio.model.run import RunController

MIN_INTERVAL_S = 0.05
MAX_INTERVAL_S = 0.25
SHARE_OF_THREAD = 0.05
"""Drawing may take so much of the window's time; slower plots are drawn less often."""


class CockpitPanel(PanelRow):
    """Plots of the run that `runs` steers. Everything shown is read from its history."""

    redrawn = Signal()

    def __init__(self, runs: RunController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cockpit")
        self.setAccessibleName(self.tr("Curves and predictions"))
        self._runs = runs
        self._next_redraw = 0.0
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.timeout.connect(self._draw_next)
        self._stale: deque[Panel] = deque()
        self._compared: tuple[ComparedRun, ...] = ()
        self.loss = CurvePanel(self.tr("Loss"), "loss", self._words_for_no_loss(), runs.gate)
        self.metrics: dict[str, CurvePanel] = {}
        self.predictions = PredictionsPanel(runs.gate)
        self.turned.connect(self._redraw_soon)
        self._show_panels()
        runs.run_started.connect(self._on_started)
        runs.points_arrived.connect(self._curves_soon)
        runs.predictions_arrived.connect(self._predictions_soon)
        runs.epoch_ended.connect(self._redraw_soon)
        runs.run_ended.connect(self._on_ended)
        runs.forgotten.connect(self.refresh)

    def set_metrics(self, names: tuple[str, ...]) -> None:
        """Show one panel for each of these metrics, beside the loss."""
        if tuple(self.metrics) == names:
            return
        self.metrics = {}
        for name in names:
            title = name.rpartition(".")[2]
            empty = self.tr("One point an epoch appears here.")
            self.metrics[name] = CurvePanel(title[:1].upper() + title[1:], name, empty, self._runs.gate)
            self._overlay(self.metrics[name])
        self._show_panels()

    def compare(self, runs: Sequence[ComparedRun]) -> None:
        """Show the validation curves of these other runs beside those of this one."""
        self._compared = tuple(runs)
        for panel in (self.loss, *self.metrics.values()):
            self._overlay(panel)

    def load_plots(self) -> None:
        """Load the plotting library and the rest now, so that pressing Train does not have to."""
        views()
        for panel in (self.loss, *self.metrics.values()):
            panel.ensure_plot()

    def refresh(self) -> None:
        """Draw everything that the history holds."""
        self._stale.clear()
        self._redraw.stop()
        for panel in self.panels:
            self._draw(panel)
        self.redrawn.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._redraw_soon()

    def _show_panels(self) -> None:
        self.set_panels((self.loss, *self.metrics.values(), self.predictions))

    def _draw(self, panel: Panel) -> None:
        history = self._runs.history
        if isinstance(panel, PredictionsPanel):
            panel.show_predictions(history.predictions, running=self._runs.active)
            return
        assert isinstance(panel, CurvePanel)
        curves = self._curves(panel.metric_name)
        if panel is self.loss:
            panel.empty.setText(self._words_for_no_loss())
            epochs = history.batches.x / history.batches_per_epoch
            curves.insert(0, Series("batch", epochs, history.batches.y))
        with self._runs.gate.closed():
            panel.draw(curves)

    def _words_for_no_loss(self) -> str:
        if self._runs.active:
            return self.tr("The first batch is under way.")
        return self.tr("The loss of every batch appears here once you press Train.")

    def _overlay(self, panel: CurvePanel) -> None:
        overlays = [
            Overlay(run.run, run.name, run.colour, *run.curves[panel.metric_name])
            for run in self._compared
            if panel.metric_name in run.curves
        ]
        with self._runs.gate.closed():
            panel.overlay(overlays)

    def _curves(self, name: str) -> list[Series]:
        parts: tuple[Part, ...] = ("train", "validation")
        curves = ((part, self._runs.history.curve(part, name)) for part in parts)
        return [Series(part, points.x, points.y) for part, points in curves]

    def _on_started(self, _event: object) -> None:
        document = self._runs.document
        if document is not None:
            self.set_metrics(document.metrics)
        self._redraw_soon()

    def _on_ended(self, _event: object) -> None:
        """Show how it ended at once: there is no training any more that drawing could hold up."""
        if self.isVisible():
            self.refresh()

    def _redraw_soon(self, _news: object = None) -> None:
        """Draw once for all news that come together, and not more often than drawing can bear."""
        self._mark(self.panels)

    def _curves_soon(self) -> None:
        self._mark([self.loss])

    def _predictions_soon(self) -> None:
        self._mark([self.predictions])

    def _mark(self, panels: Iterable[Panel]) -> None:
        self._stale.extend(panel for panel in panels if panel not in self._stale)
        self._wait()

    def _wait(self) -> None:
        if self._stale and not self._redraw.isActive():
            wait = self._next_redraw - time.monotonic()
            self._redraw.start(max(0, math.ceil(1000 * wait)))

    def _draw_next(self) -> None:
        """Draw one panel at a time, so that the window can attend to other things in between."""
        panel = self._stale.popleft()
        if panel in self.panels and panel.isVisible():
            rest = panel.cost_s / SHARE_OF_THREAD
            self._draw(panel)
            self._next_redraw = time.monotonic() + min(max(MIN_INTERVAL_S, rest), MAX_INTERVAL_S)
        self.redrawn.emit()
        self._wait()
