"""The keys of the canvas: everything that the mouse can do can be done from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from gradloom_studio.canvas.geometry import GRID
from gradloom_studio.canvas.walk import Direction, first, neighbour
from gradloom_studio.model.edits import Position

if TYPE_CHECKING:
    from gradloom_studio.canvas.view import CanvasView

_ARROWS: dict[int, tuple[Direction, Position]] = {
    Qt.Key.Key_Left: ("left", (-GRID, 0)),
    Qt.Key.Key_Right: ("right", (GRID, 0)),
    Qt.Key.Key_Up: ("up", (0, -GRID)),
    Qt.Key.Key_Down: ("down", (0, GRID)),
}
_CONTROL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class Keyboard:
    """Turns keys into the canvas's commands. Space pans while held, and trains when only tapped."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._standard = self._standard_keys()
        self._plain = self._plain_keys()

    def press(self, event: QKeyEvent) -> bool:
        """Do what the key stands for; False where it stands for nothing."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._canvas.hold_for_panning()
            return True
        if event.key() in _ARROWS:
            self._walk(event)
            return True
        command = self._command(event)
        if command is not None:
            command()
        return command is not None

    def release(self, event: QKeyEvent) -> bool:
        """False where the release of the key means nothing."""
        if event.key() != Qt.Key.Key_Space:
            return False
        if not event.isAutoRepeat() and self._canvas.stop_panning():
            self._canvas.training_toggled.emit()
        return True

    def _command(self, event: QKeyEvent) -> Callable[[], object] | None:
        for standard, command in self._standard.items():
            if event.matches(standard):
                return command
        held = event.modifiers()
        return self._plain.get((event.key(), bool(held & _CONTROL), bool(held & _SHIFT)))

    def _standard_keys(self) -> dict[QKeySequence.StandardKey, Callable[[], object]]:
        canvas, key = self._canvas, QKeySequence.StandardKey
        return {
            key.Copy: canvas.copy,
            key.Cut: canvas.cut,
            key.Paste: canvas.paste,
            key.SelectAll: canvas.select_all,
            key.Undo: canvas.model.undo_stack.undo,
            key.Redo: canvas.model.undo_stack.redo,
            key.ZoomIn: canvas.zoom_in,
            key.ZoomOut: canvas.zoom_out,
        }

    def _plain_keys(self) -> dict[tuple[int, bool, bool], Callable[[], object]]:
        """Each key with whether Ctrl and whether Shift is held."""
        canvas, key = self._canvas, Qt.Key
        return {
            (key.Key_Delete, False, False): canvas.delete_selection,
            (key.Key_Backspace, False, False): canvas.delete_selection,
            (key.Key_Delete, True, False): canvas.dissolve_selection,
            (key.Key_Backspace, True, False): canvas.dissolve_selection,
            (key.Key_D, True, False): canvas.duplicate,
            (key.Key_W, False, False): canvas.wire_selection,
            (key.Key_F, False, False): canvas.frame_all,
            (key.Key_F, False, True): canvas.frame_selection,
            (key.Key_0, True, False): canvas.zoom_reset,
            (key.Key_Tab, False, False): canvas.quick_add,
            (key.Key_Slash, False, False): canvas.quick_add,
            (key.Key_Slash, False, True): canvas.quick_add,
            (key.Key_Return, False, False): canvas.edit_selected,
            (key.Key_Enter, False, False): canvas.edit_selected,
            (key.Key_Period, False, False): canvas.step_requested.emit,
            (key.Key_Escape, False, False): canvas.cancel,
        }

    def _walk(self, event: QKeyEvent) -> None:
        """Go to the next node; with Ctrl push the selected ones, with Shift select the next one too."""
        direction, (dx, dy) = _ARROWS[event.key()]
        model = self._canvas.model
        nodes, layout = model.selected_nodes, model.document.layout
        if event.modifiers() & _CONTROL:
            places = {node: (layout[node][0] + dx, layout[node][1] + dy) for node in nodes}
            model.move(places, merge=("nudge", nodes))
            return
        target = neighbour(model.document, nodes[-1], direction) if nodes else first(model.document)
        if target is not None:
            kept = model.selection if event.modifiers() & _SHIFT else frozenset()
            model.set_selection(kept | {target})
            self._canvas.reveal(target)
