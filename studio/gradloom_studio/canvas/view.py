"""The canvas as the window uses it: the hand's gestures, and the commands of keys and menus."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from gradloom_studio.canvas import clipboard, placing
from gradloom_studio.canvas.adding import Adding
from gradloom_studio.canvas.camera import STEP
from gradloom_studio.canvas.geometry import snapped
from gradloom_studio.canvas.gesture_view import GestureView
from gradloom_studio.canvas.gestures.wire import Loose
from gradloom_studio.canvas.hits import NodeHit, PortHit, WireHit
from gradloom_studio.canvas.keyboard import Keyboard
from gradloom_studio.canvas.menu import context_menu
from gradloom_studio.model import graph
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.fragment import FragmentError


class CanvasView(GestureView):
    """The graph, to be edited by mouse and keyboard; every edit is one step of the model's undo stack."""

    edit_requested = Signal(str)
    training_toggled = Signal()
    step_requested = Signal()

    def __init__(self, model: ExperimentModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Canvas"))
        self.adding = Adding(self)
        self._keyboard = Keyboard(self)
        model.opened.connect(self.frame_all)
        model.selection_changed.connect(self._describe_selection)

    # Commands

    def add_kind(self, kind: str) -> None:
        """Add a node to what is selected: behind a node, into a wire, else in the middle of what is seen."""
        self.adding.add_kind(kind)

    def quick_add(self) -> None:
        """Ask for a layer at the pointer; what is selected says where it goes."""
        self.adding.ask(self.pointer())

    def choose_for(self, loose: Loose) -> None:
        self.adding.ask_for(loose)

    def copy(self) -> None:
        if self.model.selected_nodes:
            clipboard.put(self.model.copy(self.model.selected_nodes))

    def cut(self) -> None:
        self.copy()
        self.model.remove(self.model.selected_nodes)

    def paste(self) -> None:
        """Paste at the pointer, or in the middle where the pointer is elsewhere."""
        try:
            piece = clipboard.take()
        except FragmentError as refusal:
            self.refuse(str(refusal))
        else:
            self.model.paste(piece, snapped(self.mapToScene(self.pointer())))

    def duplicate(self) -> None:
        """Copy the selected nodes to free ground below them, fed by what feeds them."""
        if nodes := self.model.selected_nodes:
            self.model.duplicate(nodes, placing.below(nodes, self.model.document.layout))

    def delete_selection(self) -> None:
        self.model.remove(self.model.selected_nodes, self.model.selected_wires)

    def dissolve_selection(self) -> None:
        """Take the selected nodes out of their chains and join what is left."""
        for node in self.model.selected_nodes:
            self.attempt(partial(self.model.dissolve, node))

    def wire_selection(self) -> None:
        """Wire two selected nodes, the left one's output into the first free input of the right one."""
        document = self.model.document
        nodes = sorted(self.model.selected_nodes, key=lambda name: document.layout[name])
        if len(nodes) != 2:
            self.refuse(self.tr("Select two nodes to wire them."))
            return
        wire = graph.free_wire(document, self.model.catalogue, *nodes)
        self.attempt(partial(self.model.connect_wire, wire))

    def select_all(self) -> None:
        self.model.set_selection([*self.model.document.nodes, *self.model.document.wires])

    def arrange(self) -> None:
        """Lay the graph out anew and show it whole."""
        self.model.arrange()
        self.frame_all()

    def frame_all(self) -> None:
        self.camera.frame(self.graph.graph_rect())

    def frame_selection(self) -> None:
        self.camera.frame(self.graph.graph_rect(self.model.selected_nodes or None))

    def zoom_in(self) -> None:
        self.camera.zoom_by(STEP)

    def zoom_out(self) -> None:
        self.camera.zoom_by(1 / STEP)

    def zoom_reset(self) -> None:
        self.camera.zoom_to(1.0)

    def edit_selected(self) -> None:
        """Ask for the selected node's form."""
        if len(self.model.selected_nodes) == 1:
            self.edit_requested.emit(self.model.selected_nodes[0])

    def cancel(self) -> None:
        """End the gesture; where there is none, select nothing."""
        if not self.cancel_gesture():
            self.model.set_selection(())

    # Mouse and keys

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position().toPoint()
        hit = self.hit(self.mapToScene(at))
        if isinstance(hit, NodeHit):
            self.edit_requested.emit(hit.node)
        elif hit is None or isinstance(hit, WireHit):
            self.model.set_selection([hit.wire] if hit else ())
            self.adding.ask(at)
        elif isinstance(hit, PortHit):
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.cancel_gesture()
        hit = self.hit(self.mapToScene(event.pos()))
        context_menu(self, hit).popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        """Keep Space and Tab from the window, which would train and move the focus."""
        if isinstance(event, QKeyEvent) and not event.modifiers():
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Space:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
                return self._keyboard.press(event)
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keyboard.press(event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._keyboard.release(event):
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.stop_panning()
        super().focusOutEvent(event)

    def _describe_selection(self) -> None:
        """What a screen reader says of the canvas."""
        items = (self.graph.nodes.get(node) for node in self.model.selected_nodes)
        words = "; ".join(item.look.sentence for item in items if item is not None)
        self.setAccessibleDescription(words or self.tr("Nothing is selected"))
