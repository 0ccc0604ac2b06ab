"""The graph as items: a projection of the model that can be thrown away and built again at any moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from gradloom.experiment.analysis import Analysis
from gradloom.experiment.document import Wire
from gradloom_studio import theme
from gradloom_studio.canvas import style
from gradloom_studio.canvas.crowd import Crowd
from gradloom_studio.canvas.geometry import PORT_REACH
from gradloom_studio.canvas.hits import FixHit, Hit, NodeHit, PortHit, WireHit
from gradloom_studio.canvas.look import Looks, NodeLook, WireLook, describe
from gradloom_studio.canvas.node_item import NodeItem
from gradloom_studio.canvas.wire_item import WireItem
from gradloom_studio.model.change import Change
from gradloom_studio.model.edits import Position
from gradloom_studio.model.experiment import ExperimentModel

WORLD = QRectF(-1_100_000, -1_100_000, 2_200_000, 2_200_000)
"""Larger than any layout, so that the canvas has no edge."""

_NOTHING_KNOWN = Analysis(nodes={}, wires={}, problems=())


class GraphScene(QGraphicsScene):
    """Shows the model's document, and changes only what an edit touched."""

    graph_changed = Signal()

    def __init__(self, model: ExperimentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setSceneRect(WORLD)
        self.model = model
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self._wires_at: dict[str, set[Wire]] = {}
        model.document_changed.connect(self._on_document_changed)
        model.analysis_changed.connect(self.refresh_looks)
        model.catalogue_changed.connect(self.rebuild)
        model.selection_changed.connect(self._show_selection)
        theme.watcher.changed.connect(self._on_theme_changed)
        self.rebuild()

    # Projection

    def rebuild(self) -> None:
        """Throw every item away and make it anew from the model."""
        self._drop_wires(list(self.wires))
        self._drop_nodes(list(self.nodes))
        looks = describe(self.model.document, self.model.catalogue, self.model.analysis)
        self._add_nodes(looks.nodes.values())
        self._add_wires(looks.wires.values())
        self._show_selection()
        self._make_room()
        self.graph_changed.emit()

    def refresh_looks(self) -> None:
        """Show the newest analysis on the items that it changes."""
        looks = describe(self.model.document, self.model.catalogue, self.model.analysis)
        for name, look in looks.nodes.items():
            self.nodes[name].set_look(look)
        for wire, wire_look in looks.wires.items():
            self.wires[wire].set_look(wire_look)
            self._route(wire)
        self._make_room()
        self.graph_changed.emit()

    def snapshot(self) -> dict[str, object]:
        """All that is shown, as data: two scenes of one model have equal snapshots."""
        return {
            "nodes": {
                name: (item.look, item.pos().toTuple(), item.selected) for name, item in self.nodes.items()
            },
            "wires": {wire: (item.look, item.ends, item.selected) for wire, item in self.wires.items()},
        }

    def _on_document_changed(self, change: Change) -> None:
        self._drop_wires(change.wires_removed)
        self._drop_nodes(change.nodes_removed)
        if change.nodes_added or change.wires_added:
            looks = self._bare_looks()
            self._add_nodes(looks.nodes[name] for name in looks.nodes if name in change.nodes_added)
            self._add_wires(look for wire, look in looks.wires.items() if wire not in self.wires)
        self.show_at({name: self.model.document.layout[name] for name in change.moved})

    def _bare_looks(self) -> Looks:
        """Looks without shapes, for the instant until the analysis is there."""
        return describe(self.model.document, self.model.catalogue, _NOTHING_KNOWN)

    def _add_nodes(self, looks: Iterable[NodeLook]) -> None:
        for look in looks:
            item = NodeItem(look)
            item.setPos(*self.model.document.layout[look.name])
            self.nodes[look.name] = item
            self._wires_at.setdefault(look.name, set())
            self.addItem(item)

    def _add_wires(self, looks: Iterable[WireLook]) -> None:
        for look in looks:
            item = WireItem(look)
            self.wires[look.wire] = item
            for end in (look.wire.source, look.wire.target):
                self._wires_at[end].add(look.wire)
            self._route(look.wire)
            self.addItem(item)

    def _drop_nodes(self, names: Iterable[str]) -> None:
        for name in names:
            self._drop_wires(list(self._wires_at[name]))
            self.removeItem(self.nodes.pop(name))
            del self._wires_at[name]

    def _drop_wires(self, wires: Iterable[Wire]) -> None:
        for wire in wires:
            if wire in self.wires:
                self.removeItem(self.wires.pop(wire))
                for end in (wire.source, wire.target):
                    self._wires_at[end].discard(wire)

    def _show_selection(self) -> None:
        chosen = self.model.selection
        for name, node in self.nodes.items():
            node.set_selected(name in chosen)
        for wire, item in self.wires.items():
            item.set_selected(wire in chosen)

    def _on_theme_changed(self) -> None:
        style.forget()
        for node in self.nodes.values():
            node.lay_out_anew()
        self.update()

    # Geometry

    def show_at(self, positions: Mapping[str, Position]) -> None:
        """Show nodes at these places, without asking the model: what a drag looks like before it ends."""
        for name, place in positions.items():
            self.nodes[name].setPos(*place)
        for wire in {wire for name in positions for wire in self._wires_at[name]}:
            self._route(wire)
        self._make_room()
        self.graph_changed.emit()

    def _make_room(self) -> None:
        """Shorten the words below a node where another one stands, and lead wires and labels past nodes."""
        crowd = Crowd(item.box() for item in self.nodes.values())
        for wire in self.wires.values():
            wire.avoid(crowd.touching(wire.surroundings()))
        for item in self.nodes.values():
            item.set_cramped(bool(crowd.touching(item.room_for_words())))

    def _route(self, wire: Wire) -> None:
        item = self.wires[wire]
        start = self.nodes[wire.source].output_at()
        item.set_ends(start, self.nodes[wire.target].input_at(item.look.index))

    def graph_rect(self, names: Iterable[str] | None = None) -> QRectF:
        """The box around the nodes, or around these of them, with what is said below; empty without any."""
        rect = QRectF()
        for name in self.nodes if names is None else names:
            item = self.nodes[name]
            rect = rect.united(item.box()).united(item.room_for_words())
        return rect

    # Hit testing

    def hit(self, point: QPointF, reach: float = PORT_REACH) -> Hit | None:
        """What is at a point: ports before buttons before nodes before wires, what is in front first."""
        return (
            self.port_at(point, reach)
            or self._fix_at(point)
            or self._node_at(point)
            or self._wire_hit(self.wire_at(point))
        )

    def port_at(self, point: QPointF, reach: float = PORT_REACH) -> PortHit | None:
        """The nearest port within reach."""
        return nearest(point, ((port, self.port_point(port)) for port in self.ports()), reach)

    def ports(self) -> Iterator[PortHit]:
        for name, item in self.nodes.items():
            yield from (PortHit(name, index) for index in range(len(item.look.inputs)))
            if item.look.has_output:
                yield PortHit(name)

    def port_point(self, port: PortHit) -> QPointF:
        item = self.nodes[port.node]
        return item.output_at() if port.index is None else item.input_at(port.index)

    def wire_at(self, point: QPointF) -> Wire | None:
        """The wire whose curve runs past a point."""
        return next((wire for wire, item in self.wires.items() if item.passes(point)), None)

    def within(self, rect: QRectF) -> set[str | Wire]:
        """The nodes that touch a rectangle, and the wires whose middle is in it."""
        nodes = {name for name, item in self.nodes.items() if rect.intersects(item.box())}
        return nodes | {wire for wire, item in self.wires.items() if rect.contains(item.middle())}

    def _node_at(self, point: QPointF) -> NodeHit | None:
        inside = [name for name, item in self.nodes.items() if item.holds(point)]
        if not inside:
            return None
        return NodeHit(max(reversed(inside), key=lambda name: self.nodes[name].zValue()))

    def _fix_at(self, point: QPointF) -> FixHit | None:
        for name, item in self.nodes.items():
            index = item.fix_at(point)
            if index is not None:
                return FixHit(name, index)
        return None

    @staticmethod
    def _wire_hit(wire: Wire | None) -> WireHit | None:
        return None if wire is None else WireHit(wire)


def nearest(point: QPointF, ports: Iterable[tuple[PortHit, QPointF]], reach: float) -> PortHit | None:
    """The port whose centre is nearest to a point, if it is within reach."""
    far = ((QLineF(point, centre).length(), port) for port, centre in ports)
    close = [pair for pair in far if pair[0] <= reach]
    return min(close, key=lambda pair: pair[0])[1] if close else None
