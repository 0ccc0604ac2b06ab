"""The menu under the right button: what can be done with what is under it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from gradloom_studio import theme
from gradloom_studio.canvas.hits import Hit, WireHit

if TYPE_CHECKING:
    from gradloom_studio.canvas.view import CanvasView


def context_menu(view: CanvasView, hit: Hit | None) -> QMenu:
    """A menu for a node, a wire or the ground; it deletes itself when it is closed."""
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if hit is None:
        _fill_for_ground(menu, view)
    elif isinstance(hit, WireHit):
        _add(menu, "plus", _tr("Insert a layer"), "Tab", view.quick_add)
        _add(menu, "unlink", _tr("Delete the wire"), "Del", view.delete_selection)
    else:
        _fill_for_node(menu, view, hit.node)
    return menu


def _fill_for_node(menu: QMenu, view: CanvasView, node: str) -> None:
    for fix in view.graph.nodes[node].look.fixes:
        _add(menu, "wrench", fix.label, "", partial(view.model.apply_fix, fix))
    if menu.actions():
        menu.addSeparator()
    _add(menu, "pencil", _tr("Edit"), "Return", view.edit_selected)
    _add(menu, "plus", _tr("Add a layer behind it"), "Tab", view.quick_add)
    menu.addSeparator()
    _add(menu, "scissors", _tr("Cut"), "Ctrl+X", view.cut)
    _add(menu, "copy", _tr("Copy"), "Ctrl+C", view.copy)
    _add(menu, "copy-plus", _tr("Duplicate"), "Ctrl+D", view.duplicate)
    menu.addSeparator()
    dissolve = _add(menu, "unlink", _tr("Dissolve"), "Ctrl+Del", view.dissolve_selection)
    incoming = [wire for wire in view.model.document.wires if wire.target == node]
    dissolve.setEnabled(len(incoming) == 1)
    dissolve.setToolTip(
        _tr("Removes the node and joins its neighbours")
        if dissolve.isEnabled()
        else _tr("Only a node with exactly one wire coming in can be dissolved")
    )
    menu.setToolTipsVisible(True)
    _add(menu, "trash-2", _tr("Delete"), "Del", view.delete_selection)


def _fill_for_ground(menu: QMenu, view: CanvasView) -> None:
    _add(menu, "plus", _tr("Add a layer"), "Tab", view.quick_add)
    _add(menu, "clipboard-paste", _tr("Paste"), "Ctrl+V", view.paste)
    menu.addSeparator()
    _add(menu, "square-dashed", _tr("Select all"), "Ctrl+A", view.select_all)
    _add(menu, "layout-dashboard", _tr("Arrange"), "", view.arrange)
    _add(menu, "maximize", _tr("Frame all"), "F", view.frame_all)


def _add(menu: QMenu, icon: str, text: str, keys: str, command: Callable[[], object]) -> QAction:
    # The keys are text after a tab, not a shortcut: the canvas itself answers to them.
    action = menu.addAction(theme.icon(icon), f"{text}\t{keys}" if keys else text)
    action.triggered.connect(lambda _checked=False: command())
    return action


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasMenu", text)
