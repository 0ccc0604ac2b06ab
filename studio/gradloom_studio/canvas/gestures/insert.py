"""Insert: a kind from the palette hovers over the canvas; a wire opens for it, or it lands on free ground."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from gradloom.experiment.document import Wire
from gradloom_studio.canvas.geometry import centred
from gradloom_studio.canvas.passing_items import GhostItem
from gradloom_studio.canvas.scene import GraphScene
from gradloom_studio.model import graph
from gradloom_studio.model.starting import starting_choice
from gradloom_studio.theme.families import UNKNOWN


class InsertGesture:
    """Shows where the node would go; the drop adds it there in one step."""

    cursor = Qt.CursorShape.DragCopyCursor

    def __init__(self, scene: GraphScene, kind: str) -> None:
        self._scene = scene
        self._kind = kind
        catalogue = scene.model.catalogue
        entry = catalogue.get(kind)
        self._fits_on_wires = graph.kind_has_input(catalogue, kind) and graph.kind_has_output(catalogue, kind)
        self._ghost = GhostItem(entry.name if entry else kind, entry.family if entry else UNKNOWN)
        self._wire: Wire | None = None
        scene.addItem(self._ghost)

    @property
    def wire(self) -> Wire | None:
        """The wire that is open for the node."""
        return self._wire

    def follow(self, point: QPointF, snapping: bool = True) -> None:
        self._ghost.setPos(*centred(point))
        self._open(self._scene.wire_at(point) if self._fits_on_wires else None)

    def finish(self, point: QPointF) -> None:
        self.follow(point)
        wire = self._wire
        self.cancel()
        model = self._scene.model
        choice = starting_choice(self._kind, model.catalogue)
        if wire is None:
            model.add_node(choice, centred(point))
        else:
            model.insert_on_wire(choice, wire, centred(point))

    def cancel(self) -> None:
        self._open(None)
        self._scene.removeItem(self._ghost)

    def _open(self, wire: Wire | None) -> None:
        if wire == self._wire:
            return
        for one in (self._wire, wire):
            if one in self._scene.wires:
                self._scene.wires[one].set_open_for_node(one == wire)
        self._wire = wire
        self._ghost.set_on_wire(wire is not None)
