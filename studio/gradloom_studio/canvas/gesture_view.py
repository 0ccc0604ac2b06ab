"""The view under the hand: it turns the mouse into gestures, and shows what the hand is over."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip, QWidget

from gradloom.experiment.document import Wire
from gradloom_studio import theme
from gradloom_studio.canvas import ground
from gradloom_studio.canvas.camera import Camera
from gradloom_studio.canvas.geometry import PORT_REACH
from gradloom_studio.canvas.gestures.box import BoxGesture
from gradloom_studio.canvas.gestures.gesture import Gesture
from gradloom_studio.canvas.gestures.insert import InsertGesture
from gradloom_studio.canvas.gestures.move import MoveGesture
from gradloom_studio.canvas.gestures.pan import PanGesture
from gradloom_studio.canvas.gestures.wire import Loose, WireGesture
from gradloom_studio.canvas.hits import FixHit, Hit, NodeHit, PortHit, WireHit
from gradloom_studio.canvas.hover import Hover
from gradloom_studio.canvas.keeping import Keeping
from gradloom_studio.canvas.minimap import Minimap
from gradloom_studio.canvas.pointer_words import PointerWords
from gradloom_studio.canvas.scene import GraphScene
from gradloom_studio.canvas.still import Still
from gradloom_studio.model.edits import EditError
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.palette import mime

Result = TypeVar("Result")

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class GestureView(QGraphicsView):
    """Shows a GraphScene. At most one gesture is under way; any other edit ends it without a trace."""

    scale_changed = Signal(float)
    _moved = Signal()

    def __init__(self, model: ExperimentModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self._gesture: Gesture | None = None
        # Before the scene listens: a gesture must let go of items that the change is about to remove.
        model.document_changed.connect(self.cancel_gesture)
        model.document_changed.connect(lambda change: self._keeping.before(change))
        self.graph = GraphScene(model, self)
        self.setScene(self.graph)
        self.camera = Camera(self)
        self._keeping = Keeping(self.graph, self.camera)
        model.document_changed.connect(self._keeping.after)
        model.analysis_changed.connect(self._keeping.reframe)
        self._hover = Hover(self.graph)
        self._still = Still(self, self.graph)
        self.graph.graph_changed.connect(self._still.drop)
        self._panning_key = False
        self._panned = False
        self._adrift = False
        self._moved.connect(self._on_looked_elsewhere, Qt.ConnectionType.QueuedConnection)
        self._set_up()
        # A child of the viewport: a sibling over it would make Qt repaint everything at each step of a pan.
        self.minimap = Minimap(self.graph, self.viewport())
        self.minimap.looked_at.connect(self.centerOn)
        self.words = PointerWords(self)
        self._pointer = QPoint()
        theme.watcher.changed.connect(self._on_theme_changed)

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # What is under way

    @property
    def gesture(self) -> Gesture | None:
        return self._gesture

    def begin(self, gesture: Gesture) -> None:
        self.cancel_gesture()
        self._hover.leave()
        self._gesture = gesture
        self.viewport().setCursor(gesture.cursor)

    def cancel_gesture(self, _change: object = None) -> bool:
        """End the gesture with nothing changed; returns whether there was one."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        gesture.cancel()
        self.viewport().unsetCursor()
        return True

    def _finish_gesture(self, point: QPointF) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            self.viewport().unsetCursor()
            gesture.finish(point)

    def attempt(self, edit: Callable[[], Result]) -> Result | None:
        """Do an edit that the document may refuse; where it does, say why and return None."""
        try:
            return edit()
        except EditError as refusal:
            self.refuse(str(refusal))
            return None

    def refuse(self, reason: str) -> None:
        """Say at the pointer why something was not done."""
        self.words.refuse(reason, self.pointer())

    def pointer(self) -> QPoint:
        """Where the pointer is in the viewport, or its middle where the pointer is elsewhere."""
        return self._pointer if self.viewport().underMouse() else self.viewport().rect().center()

    def reveal(self, node: str) -> None:
        """Pan as little as needed to see a node."""
        self.camera.reveal(self.graph.graph_rect([node]))

    def reveal_selection(self) -> None:
        """See what is selected; of a wire, both of its ends."""
        ends = {end for wire in self.model.selected_wires for end in (wire.source, wire.target)}
        chosen = ends.union(self.model.selected_nodes)
        if chosen:
            self.camera.keep(self.graph.graph_rect(chosen & self.graph.nodes.keys()))

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        point = self.mapToScene(at)
        self._pointer = at
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._panning_key):
            self._panned = True
            self.begin(PanGesture(self.camera, point))
        elif left:
            self._press(self.hit(point), point, bool(event.modifiers() & _ADDING))
        elif event.button() == Qt.MouseButton.RightButton:
            self._select_for_menu(self.hit(point))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position().toPoint()
        point = self.mapToScene(self._pointer)
        if self._gesture is None:
            self._hover_over(self.hit(point))
        else:
            snapping = not event.modifiers() & Qt.KeyboardModifier.AltModifier
            self._gesture.follow(point, snapping)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            point = self.mapToScene(event.position().toPoint())
            self._finish_gesture(point)
            self._hover_over(self.hit(point))

    def wheelEvent(self, event: QWheelEvent) -> None:
        angle = event.angleDelta().y() or event.angleDelta().x()
        self._still.hold()
        self.camera.zoom_by_wheel(angle, event.position().toPoint())
        self._look_elsewhere()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover.leave()
        super().leaveEvent(event)

    def hold_for_panning(self) -> None:
        """From now on, a drag pans."""
        if self._gesture is None:
            self._panning_key, self._panned = True, False
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)

    def stop_panning(self) -> bool:
        """A drag selects again; returns whether panning was possible and nobody made use of it."""
        idle = self._panning_key and not self._panned
        self._panning_key = False
        if self._gesture is None:
            self.viewport().unsetCursor()
        return idle

    def hit(self, point: QPointF) -> Hit | None:
        """What a press at a point of the scene would take; ports are reachable at every zoom."""
        return self.graph.hit(point, max(PORT_REACH, 0.7 * PORT_REACH / self.camera.scale))

    def _press(self, hit: Hit | None, point: QPointF, adding: bool) -> None:
        if isinstance(hit, FixHit):
            fix = self.graph.nodes[hit.node].look.fixes[hit.index]
            self.attempt(partial(self.model.apply_fix, fix))
        elif isinstance(hit, PortHit):
            self.begin(WireGesture(self.graph, hit, self._say, self.choose_for))
        elif isinstance(hit, NodeHit):
            self._press_node(hit.node, point, adding)
        elif isinstance(hit, WireHit):
            self._select(hit.wire, adding)
        else:
            self.begin(BoxGesture(self.graph, point, adding))

    def _press_node(self, node: str, point: QPointF, adding: bool) -> None:
        if adding or node not in self.model.selection:
            self._select(node, adding)
        if node in self.model.selection:
            self.begin(MoveGesture(self.graph, node, point, self.camera.scale, adding))

    def _select(self, one: str | Wire, adding: bool) -> None:
        self.model.set_selection(self.model.selection ^ {one} if adding else {one})

    def _select_for_menu(self, hit: Hit | None) -> None:
        one = hit.node if isinstance(hit, NodeHit) else hit.wire if isinstance(hit, WireHit) else None
        if one is not None and one not in self.model.selection:
            self.model.set_selection({one})

    def choose_for(self, loose: Loose) -> None:
        """A wire was let go over empty ground."""
        raise NotImplementedError

    # Dragged in from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        kind = mime.unpack(event.mimeData())
        if kind is None or kind not in self.model.catalogue:
            event.ignore()
            return
        self.begin(InsertGesture(self.graph, kind))
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._gesture is None:
            event.ignore()
            return
        self._gesture.follow(self.mapToScene(event.position().toPoint()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.cancel_gesture()

    def dropEvent(self, event: QDropEvent) -> None:
        if self._gesture is None:
            event.ignore()
            return
        self._finish_gesture(self.mapToScene(event.position().toPoint()))
        event.acceptProposedAction()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # What is seen

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self._hover.sentence(self.hit(self.mapToScene(event.pos())))
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._still.held:
            self._still.paint()
        else:
            super().paintEvent(event)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        ground.paint_ground(painter, QRectF(rect), self.camera.scale)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if not self.graph.nodes:
            words = self.tr("Drag a layer in from the left, or press / to add one.")
            ground.paint_invitation(painter, self.viewport().rect(), self.tr("Nothing here yet"), words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        framing = self.camera.is_framing
        super().resizeEvent(event)
        if framing:
            self.camera.frame(self.graph.graph_rect())
        self._on_looked_elsewhere()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._look_elsewhere()

    def _look_elsewhere(self) -> None:
        # Queued: a pan scrolls each axis by itself, and Qt moves the minimap along with both.
        if not self._adrift:
            self._adrift = True
            self._moved.emit()

    def _on_looked_elsewhere(self) -> None:
        self._adrift = False
        self.minimap.settle()
        self.minimap.look(self.camera.visible())
        self.scale_changed.emit(self.camera.scale)

    def _hover_over(self, hit: Hit | None) -> None:
        self._hover.over(hit)
        if self._panning_key:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.viewport().setCursor(self._hover.cursor(hit))

    def _say(self, text: str, wrong: bool) -> None:
        self.words.say(text, self._pointer, wrong)

    def _on_theme_changed(self) -> None:
        self._still.drop()
        self.resetCachedContent()
        self.viewport().update()
