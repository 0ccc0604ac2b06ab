"""Questions about a document's graph: its ports, who stands behind whom, and which wires can exist at all."""

from __future__ import annotations

from collections.abc import Iterable

from gradloom.experiment.document import Document, Wire
from gradloom.plugins.catalogue import Catalogue, Entry, Kind, Port


def ports(entry: Entry | None, arriving: Iterable[Wire]) -> tuple[Port, ...]:
    """The inputs of a node: those of its entry, then those that only an arriving wire names.

    A node of an unknown kind has just the ports that its wires name, and at least a first one.
    """
    known = entry.inputs if entry else ()
    named = dict.fromkeys(wire.port for wire in arriving)
    if known:
        named.pop("", None)
    elif entry is None:
        named = {"": None} | named
    names = {port.name for port in known}
    return known + tuple(Port(name) for name in named if name not in names)


def input_ports(document: Document, catalogue: Catalogue, node: str) -> tuple[Port, ...]:
    """The inputs of a document's node."""
    arriving = (wire for wire in document.wires if wire.target == node)
    return ports(catalogue.get(document.nodes[node].kind), arriving)


def place(arriving_ports: tuple[Port, ...], wire: Wire) -> int:
    """Which of its target's ports a wire arrives at; the first where it names none."""
    return next((index for index, port in enumerate(arriving_ports) if port.name == wire.port), 0)


def has_output(document: Document, catalogue: Catalogue, node: str) -> bool:
    """Whether another node can be fed from this one: everything but a loss."""
    return kind_has_output(catalogue, document.nodes[node].kind)


def kind_has_output(catalogue: Catalogue, kind: str) -> bool:
    entry = catalogue.get(kind)
    return entry is None or entry.kind is not Kind.LOSS


def kind_has_input(catalogue: Catalogue, kind: str) -> bool:
    entry = catalogue.get(kind)
    return entry is None or bool(entry.inputs)


def port_index(document: Document, catalogue: Catalogue, wire: Wire) -> int:
    """Where a wire arrives, as an index into `input_ports`."""
    return place(input_ports(document, catalogue, wire.target), wire)


def canonical(document: Document, catalogue: Catalogue, wire: Wire) -> Wire:
    """The same wire as a file would write it: no port name where it is the first."""
    inputs = input_ports(document, catalogue, wire.target)
    if inputs and wire.port == inputs[0].name:
        return wire.model_copy(update={"port": ""})
    return wire


def occupant(document: Document, catalogue: Catalogue, wire: Wire) -> Wire | None:
    """The wire that a new one would push out: the one in the same port, where the port takes only one."""
    entry = catalogue.get(document.nodes[wire.target].kind)
    if entry is None:
        return None
    inputs = input_ports(document, catalogue, wire.target)
    index = place(inputs, wire)
    if index < len(inputs) and inputs[index].variadic:
        return None
    arriving = (old for old in document.wires if old.target == wire.target)
    return next((old for old in arriving if place(inputs, old) == index), None)


def free_wire(document: Document, catalogue: Catalogue, source: str, target: str) -> Wire:
    """A wire between two nodes, into the first input that is free, or into the first where none is."""
    inputs = input_ports(document, catalogue, target)
    names = ["", *(port.name for port in inputs[1:])]
    wires = [Wire(source=source, target=target, port=name) for name in names]
    return next((wire for wire in wires if occupant(document, catalogue, wire) is None), wires[0])


def downstream(document: Document, node: str) -> set[str]:
    """The node itself and everything that its output reaches."""
    return _reached({node}, [(wire.source, wire.target) for wire in document.wires])


def beyond(document: Document, node: str) -> set[str]:
    """The node itself and everything that its output reaches through wires that run rightwards."""
    place = document.layout
    drawn = [
        (wire.source, wire.target) for wire in document.wires if {wire.source, wire.target} <= place.keys()
    ]
    return _reached({node}, [(here, there) for here, there in drawn if place[here][0] < place[there][0]])


def upstream(document: Document, node: str) -> set[str]:
    """The node itself and everything that it is made from."""
    return _reached({node}, [(wire.target, wire.source) for wire in document.wires])


def _reached(start: set[str], steps: list[tuple[str, str]]) -> set[str]:
    following: dict[str, list[str]] = {}
    for here, there in steps:
        following.setdefault(here, []).append(there)
    reached, waiting = set(start), list(start)
    while waiting:
        for there in following.get(waiting.pop(), ()):
            if there not in reached:
                reached.add(there)
                waiting.append(there)
    return reached


def impossible(document: Document, catalogue: Catalogue, wire: Wire) -> str:
    """Why this wire can never stand, in one sentence; empty where it can, be its shape right or wrong."""
    for node in (wire.source, wire.target):
        if node not in document.nodes:
            return f"There is no node '{node}'."
    if wire.source == wire.target:
        return f"'{wire.source}' cannot feed itself."
    if not has_output(document, catalogue, wire.source):
        return f"'{wire.source}' is a loss and has no output."
    if not input_ports(document, catalogue, wire.target):
        return f"'{wire.target}' takes no input."
    if wire.source in downstream(document, wire.target):
        return f"'{wire.target}' already feeds '{wire.source}', so this wire would close a circle."
    return ""
