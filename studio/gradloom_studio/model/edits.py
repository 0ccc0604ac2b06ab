"""Every edit as a pure function from document to document.

A node's place among the nodes and a wire's place among the wires are kept wherever an edit allows, so that a
saved file differs in the lines that were meant and in no others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pydantic import ValidationError

from gradloom.experiment.document import Choice, Document, Value, Wire
from gradloom.experiment.layout import COLUMN
from gradloom.plugins.catalogue import Catalogue
from gradloom_studio.model import graph

Position = tuple[float, float]


class EditError(ValueError):
    """An edit that a document cannot hold; the message is one sentence for the user."""


def add_node(
    document: Document, node: str, choice: Choice, position: Position, after: str | None = None
) -> Document:
    """A document with one more node, written behind `after` or at the end."""
    nodes: dict[str, Choice] = {}
    for name, old in document.nodes.items():
        nodes[name] = old
        if name == after:
            nodes[node] = choice
    nodes.setdefault(node, choice)
    return document.model_copy(update={"nodes": nodes, "layout": {**document.layout, node: position}})


def remove(document: Document, nodes: Collection[str], wires: Collection[Wire]) -> Document:
    """A document without these nodes, these wires, and the wires of these nodes."""
    gone_nodes, gone_wires = set(nodes), set(wires)
    return document.model_copy(
        update={
            "nodes": {name: choice for name, choice in document.nodes.items() if name not in gone_nodes},
            "layout": {name: place for name, place in document.layout.items() if name not in gone_nodes},
            "wires": tuple(
                wire
                for wire in document.wires
                if wire not in gone_wires and not {wire.source, wire.target} & gone_nodes
            ),
        }
    )


def dissolve(document: Document, node: str) -> Document:
    """A document without this node, what came in going straight to where its output went.

    Raises:
        EditError: if the node has not exactly one wire coming in.
    """
    incoming = [wire for wire in document.wires if wire.target == node]
    if len(incoming) != 1:
        raise EditError(f"'{node}' cannot be dissolved: it has {len(incoming)} wires coming in, not one.")
    healed = [
        wire.model_copy(update={"source": incoming[0].source}) if wire.source == node else wire
        for wire in document.wires
        if wire != incoming[0]
    ]
    return remove(document.model_copy(update={"wires": tuple(dict.fromkeys(healed))}), [node], [])


def connect(document: Document, catalogue: Catalogue, wire: Wire) -> Document:
    """A document with this wire; a wire that stood in the same single port gives way to it.

    Raises:
        EditError: if the wire can never stand (a circle, a node into itself, out of a loss).
    """
    if reason := graph.impossible(document, catalogue, wire):
        raise EditError(reason)
    wire = graph.canonical(document, catalogue, wire)
    if wire in document.wires:
        return document
    old = graph.occupant(document, catalogue, wire)
    wires = (*document.wires, wire) if old is None else _replaced(document.wires, old, wire)
    return document.model_copy(update={"wires": wires})


def reconnect(document: Document, catalogue: Catalogue, old: Wire, new: Wire) -> Document:
    """A document in which a wire has been pulled off one port and put into another."""
    if graph.canonical(document, catalogue, new) == old:
        return document
    return connect(remove(document, (), [old]), catalogue, new)


def insert_on_wire(
    document: Document, catalogue: Catalogue, node: str, choice: Choice, wire: Wire, at: Position
) -> Document:
    """A document in which a new node stands on a wire, and what follows has moved aside for it.

    Raises:
        EditError: if the kind has no input or no output, or the wire is gone.
    """
    if wire not in document.wires:
        raise EditError("The wire is no longer there.")
    if not (graph.kind_has_input(catalogue, choice.kind) and graph.kind_has_output(catalogue, choice.kind)):
        raise EditError(f"{choice.kind} cannot stand on a wire: it needs an input and an output for that.")
    position, moved = _opened(document, wire, at)
    inside = Wire(source=wire.source, target=node)
    outside = wire.model_copy(update={"source": node})
    wider = document.model_copy(
        update={
            "wires": _replaced(document.wires, wire, inside, outside),
            "layout": {**document.layout, **moved},
        }
    )
    return add_node(wider, node, choice, position, after=wire.source)


def _opened(document: Document, wire: Wire, at: Position) -> tuple[Position, dict[str, Position]]:
    """The new node's place on a wire that runs rightwards, and the new places of what must make room."""
    source, target = document.layout.get(wire.source), document.layout.get(wire.target)
    if source is None or target is None or target[0] < source[0] + COLUMN / 2:
        return at, {}
    x = max(at[0], source[0] + COLUMN)
    lacking = x + COLUMN - target[0]
    if lacking <= 0:
        return (x, at[1]), {}
    # What stands in a further row of a long chain is not in the way.
    followers = graph.beyond(document, wire.target)
    places = {name: document.layout[name] for name in followers}
    return (x, at[1]), {name: (place[0] + lacking, place[1]) for name, place in places.items()}


def move(document: Document, positions: Mapping[str, Position]) -> Document:
    """A document with these nodes elsewhere."""
    return document.model_copy(update={"layout": {**document.layout, **positions}})


def set_parameter(document: Document, catalogue: Catalogue, node: str, name: str, value: Value) -> Document:
    """A document with another value of a node's parameter; a value equal to the default is not written down.

    Raises:
        EditError: if the value is of no type that a file can hold.
    """
    choice = document.nodes[node]
    entry = catalogue.get(choice.kind)
    parameter = entry.parameter(name) if entry else None
    if parameter is not None and type(parameter.default) is type(value) and parameter.default == value:
        return reset_parameter(document, node, name)
    return _with_parameters(document, node, {**choice.parameters, name: value})


def reset_parameter(document: Document, node: str, name: str) -> Document:
    """A document in which a node's parameter is left to its default, or to be inferred from the wire."""
    kept = {key: value for key, value in document.nodes[node].parameters.items() if key != name}
    return _with_parameters(document, node, kept)


def _with_parameters(document: Document, node: str, parameters: dict[str, Value]) -> Document:
    try:
        choice = Choice(kind=document.nodes[node].kind, parameters=parameters)
    except ValidationError:
        raise EditError(
            f"'{node}': a parameter is a number, a text, yes or no, or a list of these."
        ) from None
    return document.model_copy(update={"nodes": {**document.nodes, node: choice}})


def rename(document: Document, node: str, name: str) -> Document:
    """A document in which a node has another id, in the same place, with the same wires.

    Raises:
        EditError: if the name is not a word or is taken.
    """
    if not name.isidentifier():
        raise EditError(f"'{name}' cannot name a node: use letters, digits and underscores, a letter first.")
    if name in document.nodes:
        raise EditError(f"Another node is already called '{name}'.")

    def renamed(other: str) -> str:
        return name if other == node else other

    return document.model_copy(
        update={
            "nodes": {renamed(other): choice for other, choice in document.nodes.items()},
            "layout": {renamed(other): place for other, place in document.layout.items()},
            "wires": tuple(
                wire.model_copy(update={"source": renamed(wire.source), "target": renamed(wire.target)})
                for wire in document.wires
            ),
        }
    )


def _replaced(wires: tuple[Wire, ...], old: Wire, *new: Wire) -> tuple[Wire, ...]:
    index = wires.index(old)
    return (*wires[:index], *new, *wires[index + 1 :])
