"""What the pointer rests on: it answers in look, cursor and words."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gradloom_studio.canvas.hits import FixHit, Hit, PortHit, WireHit
from gradloom_studio.canvas.node_item import NodeState
from gradloom_studio.canvas.port_painter import PortMood
from gradloom_studio.canvas.scene import GraphScene

_CURSORS = {
    PortHit: Qt.CursorShape.CrossCursor,
    FixHit: Qt.CursorShape.PointingHandCursor,
    WireHit: Qt.CursorShape.PointingHandCursor,
}


class Hover:
    """Remembers what is lit, so that it can be put out again."""

    def __init__(self, scene: GraphScene) -> None:
        self._scene = scene
        self._lit: Hit | None = None

    def over(self, hit: Hit | None) -> None:
        """Light what the pointer is over, and nothing else."""
        if hit != self._lit:
            self.leave()
            self._lit = hit
            self._light(hit, True)

    def leave(self) -> None:
        self._light(self._lit, False)
        self._lit = None

    @staticmethod
    def cursor(hit: Hit | None) -> Qt.CursorShape:
        return _CURSORS.get(type(hit), Qt.CursorShape.ArrowCursor)

    def sentence(self, hit: Hit | None) -> str:
        """The tooltip."""
        if isinstance(hit, WireHit):
            return self._scene.wires[hit.wire].look.sentence
        if hit is None:
            return ""
        look = self._scene.nodes[hit.node].look
        if isinstance(hit, FixHit):
            return look.fixes[hit.index].label
        if isinstance(hit, PortHit) and hit.index is not None:
            return self._port_sentence(hit)
        return f"{look.sentence}\n{look.help}" if look.help else look.sentence

    def _port_sentence(self, hit: PortHit) -> str:
        port = self._scene.nodes[hit.node].look.inputs[hit.index or 0]
        extra = [
            word for word, holds in (("optional", port.optional), ("any number", port.variadic)) if holds
        ]
        return f"{port.name or 'input'}" + (f" ({', '.join(extra)})" if extra else "")

    def _light(self, hit: Hit | None, lit: bool) -> None:
        if isinstance(hit, WireHit):
            if hit.wire in self._scene.wires:
                self._scene.wires[hit.wire].set_hovered(lit)
            return
        if hit is None or hit.node not in self._scene.nodes:
            return
        item = self._scene.nodes[hit.node]
        item.set_state(NodeState.HOVERED if lit else NodeState.IDLE)
        mood = PortMood.HOVERED if lit else PortMood.CALM
        if isinstance(hit, PortHit):
            inputs = {} if hit.index is None or not lit else {hit.index: mood}
            item.set_moods(inputs, mood if hit.is_output else PortMood.CALM)
