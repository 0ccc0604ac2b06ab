"""A piece of a graph as text: what copy puts on the clipboard and paste takes from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from gradloom.experiment.document import Choice, Document, NodeId, Wire
from gradloom_studio.model.edits import Position
from gradloom_studio.model.names import copy_id

MIME_TYPE = "application/x-gradloom-fragment+json"


class FragmentError(ValueError):
    """A text that is no piece of a graph; the message is one sentence for the user."""


class Fragment(BaseModel):
    """Nodes, the wires between them, and where they stood. Data only, like the document it came from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: dict[NodeId, Choice] = {}
    wires: tuple[Wire, ...] = ()
    layout: dict[NodeId, Position] = {}

    @classmethod
    def of(cls, document: Document, nodes: Collection[str]) -> Fragment:
        """The chosen nodes, in document order, and the wires that have both ends among them."""
        chosen = {name: choice for name, choice in document.nodes.items() if name in nodes}
        return cls(
            nodes=chosen,
            wires=tuple(wire for wire in document.wires if wire.source in chosen and wire.target in chosen),
            layout={name: document.layout.get(name, (0.0, 0.0)) for name in chosen},
        )

    @classmethod
    def parse(cls, text: str) -> Fragment:
        """Read what `to_text` wrote.

        Raises:
            FragmentError: if the text is anything else.
        """
        try:
            fragment = cls.model_validate_json(text)
        except ValidationError:
            raise FragmentError("The clipboard holds no nodes that could be pasted.") from None
        ends = {end for wire in fragment.wires for end in (wire.source, wire.target)}
        if not fragment.nodes or not ends <= fragment.nodes.keys():
            raise FragmentError("The clipboard holds no nodes that could be pasted.")
        return fragment

    def to_text(self) -> str:
        return self.model_dump_json(indent=2)

    @property
    def corner(self) -> Position:
        """The top left corner of the nodes' positions."""
        return min(x for x, _ in self.layout.values()), min(y for _, y in self.layout.values())


def paste(document: Document, fragment: Fragment, at: Position) -> tuple[Document, dict[str, str]]:
    """A document with the fragment's nodes, their corner at `at`, and each old id with its new one."""
    left, top = fragment.corner
    ids: dict[str, str] = {}
    for name in fragment.nodes:
        ids[name] = copy_id(name, document.nodes.keys() | ids.values())
    layout = {ids[name]: (x - left + at[0], y - top + at[1]) for name, (x, y) in fragment.layout.items()}
    update = {
        "nodes": {**document.nodes, **{ids[name]: choice for name, choice in fragment.nodes.items()}},
        "wires": document.wires + tuple(_renamed(wire, ids) for wire in fragment.wires),
        "layout": {**document.layout, **layout},
    }
    return document.model_copy(update=update), ids


def duplicate(
    document: Document, nodes: Collection[str], offset: Position
) -> tuple[Document, dict[str, str]]:
    """A document with copies of the nodes beside them, fed by whatever feeds the originals."""
    fragment = Fragment.of(document, nodes)
    left, top = fragment.corner
    copied, ids = paste(document, fragment, (left + offset[0], top + offset[1]))
    feeds = (wire for wire in document.wires if wire.target in ids and wire.source not in ids)
    return copied.model_copy(
        update={"wires": copied.wires + tuple(_renamed(wire, ids) for wire in feeds)}
    ), ids


def _renamed(wire: Wire, ids: Mapping[str, str]) -> Wire:
    ends = {"source": ids.get(wire.source, wire.source), "target": ids.get(wire.target, wire.target)}
    return wire.model_copy(update=ends)
