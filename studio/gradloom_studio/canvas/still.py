"""A still picture in the place of many nodes while the wheel turns; they are painted anew when it rests."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QPainter, QPixmap, QRegion, QTransform
from PySide6.QtWidgets import QGraphicsView, QWidget

from gradloom_studio.canvas import style
from gradloom_studio.canvas.scene import GraphScene

MANY = 40
"""So many nodes can be painted at each step of the wheel without anybody noticing."""
REST_MS = 120


class Still:
    """What the view showed when the wheel began to turn, scaled to how it looks now."""

    def __init__(self, view: QGraphicsView, graph: GraphScene) -> None:
        self._view, self._graph = view, graph
        self._picture: QPixmap | None = None
        self._then = QTransform()
        self._mode = view.viewportUpdateMode()
        self._rest = QTimer(view)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.drop)

    @property
    def held(self) -> bool:
        return self._picture is not None

    def hold(self) -> None:
        """Before a step of the wheel: keep what is seen, where painting it anew would take too long."""
        if self._picture is None:
            seen = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
            if sum(seen.intersects(item.box()) for item in self._graph.nodes.values()) <= MANY:
                return
            self._picture, self._then = self._taken(), self._view.viewportTransform()
            # Otherwise each step moves the pixels of the last one, only for them to be painted over.
            self._mode = self._view.viewportUpdateMode()
            self._view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self._rest.start()

    def drop(self) -> None:
        """Paint everything anew, and sharp."""
        if self._picture is not None:
            self._picture = None
            self._rest.stop()
            self._view.setViewportUpdateMode(self._mode)
            self._view.viewport().update()

    def paint(self) -> None:
        """The still picture, and around it what nodes there are as bare boxes."""
        assert self._picture is not None
        viewport, now = self._view.viewport(), self._view.viewportTransform()
        painter = QPainter(viewport)
        painter.fillRect(viewport.rect(), style.colour("canvas"))
        painter.setTransform(now)
        for item in self._graph.nodes.values():
            painter.fillRect(item.box(), style.colour("surface"))
        painter.setTransform(self._then.inverted()[0] * now)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _taken(self) -> QPixmap:
        viewport = self._view.viewport()
        scale = viewport.devicePixelRatioF()
        taken = QPixmap(viewport.size() * scale)
        taken.setDevicePixelRatio(scale)
        # Without children: the minimap lies over the view and is not zoomed with it.
        viewport.render(taken, QPoint(), QRegion(), QWidget.RenderFlag.DrawWindowBackground)
        return taken
