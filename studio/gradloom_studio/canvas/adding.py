"""Adding nodes: from palette or quick add, behind a node, into a wire, or at the end of a pulled one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, Qt

from gradloom.experiment.document import Choice, Wire
from gradloom.plugins.catalogue import Entry
from gradloom_studio.canvas import placing
from gradloom_studio.canvas.geometry import NODE_WIDTH, centred
from gradloom_studio.canvas.gesture_view import GestureView
from gradloom_studio.canvas.gestures.wire import Loose
from gradloom_studio.canvas.offers import Offers
from gradloom_studio.canvas.passing_items import PullItem
from gradloom_studio.canvas.quick_add import QuickAdd
from gradloom_studio.model.starting import starting_choice


class Adding(QObject):
    """Decides where a new node goes and what it is wired to; each way of adding is one undo step."""

    def __init__(self, canvas: GestureView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._model = canvas.model
        self._offers = Offers(canvas.model)
        self._add: Callable[[str], str] | None = None
        self._pulled: PullItem | None = None
        self.popup = QuickAdd(canvas)
        self.popup.chosen.connect(self._on_chosen)
        self.popup.closed.connect(self._on_closed)

    def add_kind(self, kind: str) -> None:
        """Add a node to what is selected: behind a node, into a wire, else in the middle of what is seen."""
        self._do(self._way(self._canvas.camera.centre()), kind)

    def ask(self, at: QPoint) -> None:
        """Offer layers at a point of the view, and add the chosen one to what is selected."""
        wires, nodes = self._model.selected_wires, self._model.selected_nodes
        entries, note = self._offers.anything(), ""
        if len(wires) == 1 and not nodes:
            entries = self._offers.on_wire()
        elif len(nodes) == 1:
            entries, note = self._offers.after(nodes[0]), self.tr("Goes behind {0}").format(nodes[0])
        self._open(at, entries, self._way(self._canvas.mapToScene(at)), note)

    def ask_for(self, loose: Loose) -> None:
        """Offer what fits the end of a wire that was let go, and keep the wire in sight meanwhile."""
        scene, port = self._canvas.graph, loose.port
        self._pulled = PullItem(scene.port_point(port), port.is_output)
        self._pulled.point_to(loose.point, "accent")
        scene.addItem(self._pulled)
        if port.is_output:
            entries, note = self._offers.after(port.node, strictly=True), self.tr("Fits behind {0}")
        else:
            entries, note = self._offers.before(), self.tr("Feeds {0}")
        at = self._canvas.mapFromScene(loose.point)
        self._open(at, entries, partial(self._add_loose, loose), note.format(port.node))

    def _way(self, point: QPointF) -> Callable[[str], str]:
        """How a kind would be added to what is selected."""
        wires, nodes = self._model.selected_wires, self._model.selected_nodes
        if len(wires) == 1 and not nodes:
            return partial(self._insert, wires[0])
        if len(nodes) == 1:
            return partial(self._add_after, nodes[0])
        return partial(self._add_at, point)

    def _open(self, at: QPoint, entries: Sequence[Entry], add: Callable[[str], str], note: str) -> None:
        self._add = add
        self.popup.open(at, entries, note)

    def _on_chosen(self, kind: str) -> None:
        if self._add is not None:
            self._do(self._add, kind)

    def _on_closed(self) -> None:
        self._add = None
        if self._pulled is not None:
            self._canvas.graph.removeItem(self._pulled)
            self._pulled = None
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _do(self, add: Callable[[str], str], kind: str) -> None:
        node = self._canvas.attempt(partial(add, kind))
        if node is not None:
            self._canvas.reveal(node)

    def _start(self, kind: str) -> Choice:
        return starting_choice(kind, self._model.catalogue)

    def _add_at(self, point: QPointF, kind: str) -> str:
        place = placing.free(centred(point), self._model.document.layout.values())
        return self._model.add_node(self._start(kind), place)

    def _add_after(self, node: str, kind: str) -> str:
        layout = self._model.document.layout
        place = placing.right_of(layout[node], layout.values())
        source = node if self._offers.feeds(node) else ""
        return self._model.add_connected(self._start(kind), place, source=source)

    def _add_loose(self, loose: Loose, kind: str) -> str:
        """Add a node whose port is where the wire was let go."""
        choice, middle = self._start(kind), QPointF(NODE_WIDTH / 2, 0)
        if loose.port.is_output:
            return self._model.add_connected(choice, centred(loose.point + middle), source=loose.port.node)
        wire = self._offers.wire_into(loose.port)
        return self._model.add_connected(choice, centred(loose.point - middle), target=wire)

    def _insert(self, wire: Wire, kind: str) -> str:
        middle = self._canvas.graph.wires[wire].middle()
        return self._model.insert_on_wire(self._start(kind), wire, centred(middle))
