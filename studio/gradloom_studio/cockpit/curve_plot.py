"""One plot of curves over epochs, drawn by pyqtgraph in the theme's colours.

Only this file imports pyqtgraph, which takes a quarter of a second: import it when a plot is needed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gradloom.experiment.gate import Gate
from gradloom_studio.cockpit.series import Overlay, Series, Style
from gradloom_studio.theme import tokens
from gradloom_studio.words.figures import SHARES

OPAQUE = 255
"""Lines of the grid that one could see through take longer to draw than everything else."""

WIDE, WIDEST = 1e4, 1e9
"""From the first on, a number is wider than the axis; from the second on, also with a letter behind it."""

FEW_MARKS = 3
"""Points are marked until there are enough for a line; marks cost as much as all lines together."""

FEW_POINTS = 400
"""Up to so many points a curve may have a thick, smooth pen; more would cost seconds a frame."""


class DirectAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis that draws its ticks straight onto the widget.

    The library records them in a picture first; playing it looks up the font again for each text, which takes
    longer than all the curves.
    """

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Thousands as 10k and millions as 2M, which is as wide as the axis, and larger ones as 3e12."""
        largest = max(map(abs, values), default=0.0) * scale
        if self.logMode or largest < WIDE:
            return super().tickStrings(values, scale, spacing)
        if largest >= WIDEST:
            return [f"{value * scale:.2g}".replace("e+", "e") for value in values]
        unit, letter = (1e6, "M") if largest >= 1e6 else (1e3, "k")
        return [f"{value * scale / unit:g}{letter}" if value else "0" for value in values]

    def paint(self, painter: QPainter, _option: object, _widget: object) -> None:
        painter.setFont(self.style["tickFont"])
        specs = self.generateDrawSpecs(painter)
        if specs is not None:
            self.drawPicture(painter, *specs)


class EpochAxis(DirectAxis):
    """An axis of whole epochs: a tick between two of them would mean nothing."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        spacings = super().tickSpacing(low, high, size)
        whole = [(max(1.0, round(spacing)), offset) for spacing, offset in spacings]
        return list(dict.fromkeys(whole))


class ShareAxis(DirectAxis):
    """An axis of shares, said in percent as everywhere else."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [f"{100 * 10**value:.3g}%" for value in values]
        return [f"{100 * value * scale:.4g}%" for value in values]


class CurvePlot(pg.PlotWidget):  # type: ignore[misc]
    """Curves over epochs. Hovering reads values, panning stops the automatic range, `fit` brings it back.

    `cost_s` is what drawing took the last time. No training goes on beside it, by the gate.
    """

    hovered = Signal(object)
    range_taken = Signal()

    def __init__(self, name: str, metric_name: str, gate: Gate, parent: QWidget | None = None) -> None:
        left = ShareAxis("left") if metric_name in SHARES else DirectAxis("left")
        axes = {"bottom": EpochAxis("bottom"), "left": left}
        super().__init__(parent, background=None, enableMenu=False, axisItems=axes)
        self.setAccessibleName(name)
        self.cost_s = 0.0
        self._gate = gate
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        item = self.getPlotItem()
        item.setDownsampling(auto=True, mode="peak")
        item.setClipToView(True)
        left.setGrid(OPAQUE)
        item.getViewBox().setDefaultPadding(0.04)
        item.getViewBox().sigRangeChangedManually.connect(self._on_manual_range)
        self.setLimits(xMin=0, minXRange=0.05)
        self._curves: dict[Style, pg.PlotDataItem] = {}
        for style in ("batch", "train", "validation"):
            self._curves[style] = pg.PlotDataItem(connect="finite")
            self.addItem(self._curves[style])
        self._drawn: dict[Style, tuple[int, float, float] | None] = {}
        self._overlays: dict[Overlay, pg.PlotDataItem] = {}
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self.addItem(self._cursor, ignoreBounds=True)
        self.scene().sigMouseMoved.connect(self._on_mouse)
        self.restyle()

    def draw(self, series: Sequence[Series]) -> None:
        """Show these curves and no others; what has not changed is left alone."""
        began = time.monotonic()
        present = {one.style: one for one in series}
        for style in self._curves:
            one = present.get(style)
            drawn = (len(one.x), one.x[-1], one.y[-1]) if one is not None and len(one.x) else None
            before = self._drawn.get(style)
            if drawn != before:
                if before is not None and (drawn is None or drawn[0] < before[0]):
                    self._begin_anew()
                self._drawn[style] = drawn
                self._draw_curve(style, one)
        self._find_range()
        self.cost_s = time.monotonic() - began

    def overlay(self, overlays: Sequence[Overlay]) -> None:
        """Show these curves of other runs beside those of `draw`, and no others."""
        for gone in self._overlays.keys() - set(overlays):
            self.removeItem(self._overlays.pop(gone))
        for one in overlays:
            if one not in self._overlays:
                self._overlays[one] = pg.PlotDataItem(connect="finite")
                self.addItem(self._overlays[one])
                self._draw_overlay(one)
        self._find_range()

    def paintEvent(self, event: QPaintEvent) -> None:
        began = time.monotonic()
        with self._gate.closed():
            super().paintEvent(event)
        self.cost_s += time.monotonic() - began

    def _find_range(self) -> None:
        # Otherwise the range is found while painting, and all is painted a second time.
        self.getPlotItem().getViewBox().prepareForPaint()

    def _draw_overlay(self, one: Overlay) -> None:
        few = len(one.x) <= FEW_POINTS
        colour = tokens.current().family(one.colour)
        pen = pg.mkPen(colour, width=self._width(thick=few), style=Qt.PenStyle.DashLine)
        marks: dict[str, object] = {"symbol": None}
        if len(one.x) <= FEW_MARKS:
            marks = {"symbol": "o", "symbolSize": 5, "symbolPen": pg.mkPen(colour, width=1)}
            marks["symbolBrush"] = pg.mkBrush(tokens.current().surface)
        self._overlays[one].setData(one.x, one.y, pen=pen, antialias=few, **marks)

    def _draw_curve(self, style: Style, one: Series | None) -> None:
        if one is None or not len(one.x):
            self._curves[style].setData([], [])
            return
        few = len(one.x) <= FEW_POINTS
        pen = self._pen(style, thick=few and style != "batch")
        self._curves[style].setData(one.x, one.y, pen=pen, antialias=few, **self._marks(style, len(one.x)))

    def _begin_anew(self) -> None:
        """Another run: its first point alone says nothing of the range, and would be shown in the old one."""
        self.getPlotItem().getViewBox().setRange(xRange=(0, 1), padding=0, disableAutoRange=False)

    def fit(self) -> None:
        """Let the ranges follow the data again."""
        self.enableAutoRange()

    def set_log(self, log: bool) -> None:
        """Show the values on a logarithmic axis."""
        self.setLogMode(x=False, y=log)
        self.fit()

    def restyle(self) -> None:
        """Take the colours of the current theme."""
        theme = tokens.current()
        for side in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(theme.border))
            axis.setTextPen(pg.mkPen(theme.text_muted))
            axis.setStyle(tickFont=self.font(), tickLength=-4, tickTextOffset=6, maxTickLevel=0)
        self.getPlotItem().getAxis("left").setWidth(44)
        self._cursor.setPen(pg.mkPen(theme.border_strong))
        self._drawn.clear()
        # The ground is kept as a picture, in the colour that it had.
        self.resetCachedContent()
        for one in self._overlays:
            self._draw_overlay(one)

    def _pen(self, style: Style, *, thick: bool) -> QPen:
        theme = tokens.current()
        if style == "batch":
            return pg.mkPen(theme.plot_batch, width=1)
        line = Qt.PenStyle.SolidLine if style == "train" else Qt.PenStyle.DashLine
        return pg.mkPen(theme.plot_curve, width=self._width(thick=thick), style=line)

    def _width(self, *, thick: bool) -> float:
        return 2 * self.devicePixelRatioF() if thick else 1

    def _marks(self, style: Style, count: int) -> dict[str, object]:
        if count > FEW_MARKS:
            return {"symbol": None}
        theme = tokens.current()
        colour = theme.plot_batch if style == "batch" else theme.plot_curve
        brush = pg.mkBrush(theme.surface if style == "validation" else colour)
        return {"symbol": "o", "symbolSize": 5, "symbolPen": pg.mkPen(colour, width=1), "symbolBrush": brush}

    def _on_manual_range(self, _axes: object) -> None:
        self.range_taken.emit()

    def _on_mouse(self, position: QPointF) -> None:
        box = self.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(position)
        self._cursor.setVisible(inside)
        x = box.mapSceneToView(position).x() if inside else None
        if x is not None:
            self._cursor.setPos(x)
        self.hovered.emit(x)

    def leaveEvent(self, event: object) -> None:
        self._cursor.hide()
        self.hovered.emit(None)
        super().leaveEvent(event)
