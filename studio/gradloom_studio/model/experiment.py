"""The experiment as the window has it: one document, its undo stack, its analysis and the selection.

Every view listens here and writes here. An edit is one undo command; nothing else ever changes the document.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QUndoStack

from gradloom.experiment import document_file, layout
from gradloom.experiment.analyse import AnalysisCache, analyse, can_connect, compatible_kinds
from gradloom.experiment.analysis import Analysis, Fix, InsertNode, Problem
from gradloom.experiment.data_paths import located, moved, settled
from gradloom.experiment.data_set import state_of_files
from gradloom.experiment.document import Choice, Document, Value, Wire
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio.model import edits, fragment, graph, names
from gradloom_studio.model.change import Change
from gradloom_studio.model.commands import Edit
from gradloom_studio.model.edits import EditError, Position
from gradloom_studio.model.fragment import Fragment

Selection = frozenset[str | Wire]


class ExperimentModel(QObject):
    """One open experiment; views keep no truth of their own and can be rebuilt from this at any time."""

    document_changed = Signal(object)
    analysis_changed = Signal()
    selection_changed = Signal()
    path_changed = Signal()
    catalogue_changed = Signal()
    opened = Signal()
    _stale = Signal()

    def __init__(
        self, catalogue: Catalogue, document: Document | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._document = _placed(document or Document())
        self._path: Path | None = None
        self._selection: Selection = frozenset()
        self._analysis: Analysis | None = None
        self._files: Hashable = None
        self._cache = AnalysisCache()
        self._undo_stack = QUndoStack(self)
        self._edits = 0
        self._announced = True
        self._stale.connect(self._announce_analysis, Qt.ConnectionType.QueuedConnection)

    # What there is

    @property
    def document(self) -> Document:
        return self._document

    @property
    def located(self) -> Document:
        """The document with absolute paths to its data: what is analysed, shown and trained."""
        return located(self._document, self._catalogue, self.folder)

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue

    @property
    def analysis(self) -> Analysis:
        """Shapes, sizes and problems of the document as it stands, worked out when first asked for."""
        if self._analysis is None:
            self._files = self._state_of_files()
            self._analysis = analyse(self.located, self._catalogue, self._cache)
        return self._analysis

    @property
    def undo_stack(self) -> QUndoStack:
        return self._undo_stack

    @property
    def path(self) -> Path | None:
        return self._path

    @property
    def folder(self) -> Path | None:
        """Where relative paths to data begin; None is the current folder, for what was never saved."""
        return None if self._path is None else self._path.parent

    @property
    def dirty(self) -> bool:
        return not self._undo_stack.isClean()

    @property
    def selection(self) -> Selection:
        return self._selection

    @property
    def selected_nodes(self) -> tuple[str, ...]:
        """The ids of the selected nodes, in document order."""
        return tuple(name for name in self._document.nodes if name in self._selection)

    @property
    def selected_wires(self) -> tuple[Wire, ...]:
        return tuple(wire for wire in self._document.wires if wire in self._selection)

    def set_selection(self, chosen: Iterable[str | Wire]) -> None:
        """Select these nodes and wires and nothing else; what does not exist is left out."""
        present = self._present(frozenset(chosen))
        if present != self._selection:
            self._selection = present
            self.selection_changed.emit()

    def judge(self, wire: Wire, document: Document | None = None) -> Problem | None:
        """What would be wrong with this wire; None if it is fine.

        It is judged in this document or another one, without the wire that it would push out.
        """
        document = document or self._document
        if wire.target in document.nodes and (old := graph.occupant(document, self._catalogue, wire)):
            document = edits.remove(document, (), [old])
        ends = wire.source, wire.target, wire.port
        document = located(document, self._catalogue, self.folder)
        return can_connect(document, self.analysis, self._catalogue, *ends, self._cache)

    def compatible_kinds(self, source: str) -> frozenset[str]:
        """The keys of the layers that take what a node gives."""
        return frozenset(compatible_kinds(self.analysis, self._catalogue, source, self._cache))

    # The graph

    def add_node(self, choice: Choice, position: Position, id: str | None = None) -> str:
        """Add and select a node; returns its id."""
        node = id or self._fresh(choice)
        self._push(self.tr("Add {0}").format(node), edits.add_node(self._document, node, choice, position))
        self.set_selection([node])
        return node

    def add_connected(
        self, choice: Choice, position: Position, source: str = "", target: Wire | None = None
    ) -> str:
        """Add and select a node that is fed by `source`, or feeds the port that `target` names, in one step.

        The source of `target` stands for the new node and is ignored.
        """
        node = self._fresh(choice)
        document = edits.add_node(self._document, node, choice, position, after=source or None)
        if source and graph.kind_has_input(self._catalogue, choice.kind):
            document = edits.connect(document, self._catalogue, Wire(source=source, target=node))
        if target is not None:
            document = edits.connect(document, self._catalogue, target.model_copy(update={"source": node}))
        self._push(self.tr("Add {0}").format(node), document)
        self.set_selection([node])
        return node

    def insert_on_wire(self, choice: Choice, wire: Wire, position: Position) -> str:
        """Put a new node on a wire and select it; returns its id.

        Raises:
            EditError: if the kind has no input or no output, or the wire is gone.
        """
        node = self._fresh(choice)
        document = edits.insert_on_wire(self._document, self._catalogue, node, choice, wire, position)
        self._push(self.tr("Insert {0}").format(node), document)
        self.set_selection([node])
        return node

    def remove(self, nodes: Collection[str] = (), wires: Collection[Wire] = ()) -> None:
        """Remove nodes with their wires, and wires."""
        if len(nodes) == 1:
            label = self.tr("Delete {0}").format(*nodes)
        else:
            label = self.tr("Delete nodes") if nodes else self.tr("Delete wire")
        self._push(label, edits.remove(self._document, nodes, wires))

    def dissolve(self, node: str) -> None:
        """Remove a node and join what came before it to what comes after.

        Raises:
            EditError: if not exactly one wire comes in.
        """
        self._push(self.tr("Dissolve {0}").format(node), edits.dissolve(self._document, node))

    def connect_wire(self, wire: Wire, instead_of: Wire | None = None) -> None:
        """Add a wire, in place of `instead_of` and of the one that stood in its single port.

        Raises:
            EditError: if the wire can never stand.
        """
        if instead_of is None:
            document = edits.connect(self._document, self._catalogue, wire)
        else:
            document = edits.reconnect(self._document, self._catalogue, instead_of, wire)
        self._push(self.tr("Wire {0} to {1}").format(wire.source, wire.target), document)

    def disconnect_wire(self, wire: Wire) -> None:
        """Remove a wire."""
        self.remove(wires=[wire])

    def move(self, positions: Mapping[str, Position], merge: object = None) -> None:
        """Put nodes elsewhere."""
        label = self.tr("Move {0}").format(*positions) if len(positions) == 1 else self.tr("Move nodes")
        self._push(label, edits.move(self._document, positions), merge)

    def arrange(self) -> None:
        """Lay the whole graph out anew, in one step."""
        self._push(self.tr("Arrange"), edits.move(self._document, layout.arrange(self._document)))

    def rename_node(self, node: str, name: str) -> None:
        """Give a node another id.

        Raises:
            EditError: if the name is not a word or is taken.
        """
        if name == node:
            return
        document = edits.rename(self._document, node, name)
        selected = node in self._selection
        self._push(self.tr("Rename {0} to {1}").format(node, name), document)
        if selected:
            self.set_selection(self._selection | {name})

    # Parameters and settings

    def set_parameter(self, node: str, name: str, value: Value) -> None:
        """Give a node's parameter a value; typing merges into one step.

        Raises:
            EditError: if the value is of no type that a file can hold.
        """
        document = edits.set_parameter(self._document, self._catalogue, node, name, value)
        self._push(self.tr("Change {0} of {1}").format(name, node), document, ("parameter", node, name))

    def reset_parameter(self, node: str, name: str) -> None:
        """Leave a node's parameter to its default or to the wire."""
        document = edits.reset_parameter(self._document, node, name)
        self._push(self.tr("Reset {0} of {1}").format(name, node), document)

    def change_settings(self, label: str = "", **fields: object) -> None:
        """Change fields of the document other than the graph; repeated changes of the same fields merge.

        Raises:
            EditError: if a value does not fit its field.
        """
        try:
            checked = Document.model_validate({**dict(self._document), **fields})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise EditError(self.tr("{0}: {1}.").format(where, first["msg"])) from None
        changed = {name: getattr(checked, name) for name in fields}
        document = self._document.model_copy(update=changed)
        words = label or self.tr("Change {0}").format(", ".join(fields))
        self._push(words, document, ("settings", words, *sorted(fields)))

    def replace(self, document: Document, label: str) -> None:
        """Show another document, with absolute paths to its data, in the place of this one; in one step."""
        self._push(label, _placed(settled(document, self._catalogue, self.folder)))
        self.finish_edit()

    def finish_edit(self) -> None:
        """End what may merge: the next edit is a step of its own."""
        self._edits += 1

    # Pieces of graph

    def copy(self, nodes: Collection[str]) -> Fragment:
        """The nodes and the wires between them, as data."""
        return Fragment.of(self._document, nodes)

    def paste(self, piece: Fragment, position: Position) -> tuple[str, ...]:
        """Add and select a copy of the piece, its corner at the position; returns the new ids."""
        document, ids = fragment.paste(self._document, piece, position)
        return self._push_copies(self.tr("Paste"), document, ids)

    def duplicate(self, nodes: Collection[str], offset: Position) -> tuple[str, ...]:
        """Add and select copies so far from the originals, fed by what feeds these; returns the new ids."""
        document, ids = fragment.duplicate(self._document, nodes, offset)
        return self._push_copies(self.tr("Duplicate"), document, ids)

    def apply_fix(self, fix: Fix) -> None:
        """Do what a problem's fix says, as one step."""
        if isinstance(fix, InsertNode):
            self.insert_on_wire(fix.choice, fix.wire, self._middle(fix.wire))
        else:
            self.set_parameter(fix.node, fix.name, fix.value)  # type: ignore[arg-type]
        self.finish_edit()

    # Files

    def open(self, document: Document, path: Path | None = None) -> None:
        """Show another document, of which nothing is selected; the undo stack starts anew."""
        self.set_selection(())
        before, self._document = self._document, _placed(document)
        self._undo_stack.clear()
        self._path = path
        self._announce(Change.between(before, self._document), always=True)
        self.path_changed.emit()
        self.opened.emit()

    def open_file(self, path: Path) -> None:
        """Read and show a file; when it cannot be read, what was open stays.

        Raises:
            DocumentError: if the file is no experiment.
            OSError: if it cannot be read.
        """
        self.open(document_file.read(path), path)

    def recover(self, document: Document, path: Path | None) -> None:
        """Show a document that was never saved: as `open`, but it counts as changed."""
        self.open(document, path)
        self._undo_stack.resetClean()

    def save(self, path: Path) -> None:
        """Write the document to a file, atomically; from then on it is the experiment's file.

        In another folder, the paths to its data are rewritten, also in what undo goes back to.

        Raises:
            DocumentError: if it cannot be written; the old file is then as it was.
        """
        old = self.folder
        document = moved(self._document, self._catalogue, old, path.parent)
        document_file.write(document, path)
        if path != self._path:
            self._path = path
            self._move_history(old, path.parent)
            if document is not self._document:
                self._show(document)
            self.path_changed.emit()
        self._undo_stack.setClean()

    def look_at_files(self) -> None:
        """Analyse anew where the data's files changed, came or went since the last analysis."""
        if self._analysis is not None and self._files != self._state_of_files():
            self._forget_analysis()

    def use_catalogue(self, catalogue: Catalogue) -> None:
        """Go on with other entries, as after a plugin came or went; unknown kinds turn into placeholders."""
        self._catalogue = catalogue
        self._cache = AnalysisCache()
        self._forget_analysis()
        self.catalogue_changed.emit()

    # Inside

    def _push(self, label: str, document: Document, merge: object = None) -> None:
        if document == self._document and list(document.nodes) == list(self._document.nodes):
            return
        key = None if merge is None else (self._edits, merge)
        self._undo_stack.push(Edit(label, self._document, document, self._show, key))

    def _state_of_files(self) -> Hashable:
        return state_of_files(self.located.data.source, self._catalogue)

    def _move_history(self, old: Path | None, new: Path) -> None:
        for index in range(self._undo_stack.count()):
            edit = self._undo_stack.command(index)
            if isinstance(edit, Edit):
                edit.rewrite(lambda document: moved(document, self._catalogue, old, new))

    def _push_copies(self, label: str, document: Document, ids: Mapping[str, str]) -> tuple[str, ...]:
        self._push(label, document)
        self.set_selection(ids.values())
        return tuple(ids.values())

    def _show(self, document: Document) -> None:
        before, self._document = self._document, document
        self._announce(Change.between(before, document))

    def _announce(self, change: Change, always: bool = False) -> None:
        if change.touches_meaning or always:
            self._forget_analysis()
        self.document_changed.emit(change)
        self.set_selection(self._selection)

    def _forget_analysis(self) -> None:
        # Queued, not timed: a burst of edits is analysed once, and still before the next paint.
        self._analysis = None
        if self._announced:
            self._announced = False
            self._stale.emit()

    def _announce_analysis(self) -> None:
        self._announced = True
        self.analysis_changed.emit()

    def _present(self, chosen: Selection) -> Selection:
        wires = frozenset(self._document.wires)
        return frozenset(one for one in chosen if one in self._document.nodes or one in wires)

    def _fresh(self, choice: Choice) -> str:
        return names.fresh_id(choice.kind, self._catalogue, self._document.nodes)

    def _middle(self, wire: Wire) -> Position:
        (x1, y1), (x2, y2) = self._document.layout[wire.source], self._document.layout[wire.target]
        return round((x1 + x2) / 16) * 8.0, round((y1 + y2) / 16) * 8.0


def _placed(document: Document) -> Document:
    """The document with a position for every node, so that no view has to guess one."""
    if document.nodes.keys() <= document.layout.keys():
        return document
    return document.model_copy(update={"layout": {**layout.arrange(document), **document.layout}})
