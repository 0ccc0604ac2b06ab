"""Keeps in view what an edit adds and what it pushes aside: an insert never hides the end of a graph."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gradloom_studio.canvas.camera import Camera
from gradloom_studio.canvas.scene import GraphScene
from gradloom_studio.model.change import Change


class Keeping(QObject):
    """Follows edits that add nodes: `before` and `after` the scene has shown what is new."""

    def __init__(self, graph: GraphScene, camera: Camera) -> None:
        super().__init__(graph)
        self._graph, self._camera = graph, camera
        self._seen: frozenset[str] = frozenset()

    def before(self, change: Change) -> None:
        """Remember which of the nodes that move were seen."""
        visible = self._camera.visible()
        nodes = self._graph.nodes
        self._seen = frozenset(
            name for name in change.moved if name in nodes and visible.contains(nodes[name].box())
        )

    def after(self, change: Change) -> None:
        """See these and the new ones again: the whole graph if it was framed, else with the smallest move."""
        if not change.nodes_added:
            return
        changed = self._graph.graph_rect(change.nodes_added | self._seen)
        if self._camera.visible().contains(changed):
            return
        if self._camera.is_framing:
            self._camera.frame(self._graph.graph_rect())
        else:
            self._camera.keep(changed)

    def reframe(self) -> None:
        """After an analysis: where the whole graph was framed, see also what is said below it now."""
        whole = self._graph.graph_rect()
        if self._camera.is_framing and not self._camera.visible().contains(whole):
            self._camera.frame(whole)
