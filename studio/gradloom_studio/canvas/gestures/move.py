"""Move: nodes follow the pointer along the grid, and land in one undo step."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from gradloom_studio.canvas.geometry import snapped
from gradloom_studio.canvas.node_item import NodeState
from gradloom_studio.canvas.scene import GraphScene
from gradloom_studio.model.edits import Position


class MoveGesture:
    """Drags the selection by one of its nodes; a press that never moves selects that one."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(
        self, scene: GraphScene, node: str, start: QPointF, scale: float, adding: bool = False
    ) -> None:
        self._scene = scene
        self._node = node
        self._start = start
        self._adding = adding
        self._threshold = QApplication.startDragDistance() / scale
        self._before = {name: scene.model.document.layout[name] for name in scene.model.selected_nodes}
        self.moved = False

    def follow(self, point: QPointF, snapping: bool = True) -> None:
        way = point - self._start
        if not self.moved:
            if way.manhattanLength() < self._threshold:
                return
            self.moved = True
            self._show_state(NodeState.DRAGGED)
        self._scene.show_at(self._places(way, snapping))

    def finish(self, point: QPointF) -> None:
        if not self.moved:
            if not self._adding:
                self._scene.model.set_selection([self._node])
            return
        self._show_state(NodeState.HOVERED)
        places = {name: self._scene.nodes[name].pos().toTuple() for name in self._before}
        self._scene.model.move(places)

    def cancel(self) -> None:
        self._show_state(NodeState.IDLE)
        self._scene.show_at(self._before)

    def _places(self, way: QPointF, snapping: bool) -> dict[str, Position]:
        """The node under the pointer goes to the grid; the others keep their distance to it."""
        x, y = self._before[self._node]
        target = QPointF(x, y) + way
        dx, dy = snapped(target) if snapping else target.toTuple()
        return {name: (left + dx - x, top + dy - y) for name, (left, top) in self._before.items()}

    def _show_state(self, state: NodeState) -> None:
        for name in self._before:
            lit = name == self._node or state is NodeState.DRAGGED
            self._scene.nodes[name].set_state(state if lit else NodeState.IDLE)
