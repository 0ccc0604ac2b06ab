"""A document's nodes and wires as a graph: what enters which port, what comes after what, what is wrong."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from gradloom.experiment.analysis import Problem
from gradloom.experiment.document import Document, Wire
from gradloom.plugins.catalogue import Catalogue, Entry, Kind, Port

Inputs: TypeAlias = Mapping[str, Mapping[str, tuple[Wire, ...]]]
"""For each node its ports, and for each port its wires, in document order."""


@dataclass(frozen=True)
class Graph:
    """The sound part of a document's graph; what is unsound stands in `problems`.

    Nodes of unknown kind take wires at any port. `order` leaves out nodes that lie on or behind a cycle.
    `needed` holds the nodes that feed the loss, and the loss; all nodes where there is not exactly one loss.
    """

    entries: Mapping[str, Entry]
    inputs: Inputs
    order: tuple[str, ...]
    loss: str | None
    needed: frozenset[str]
    problems: tuple[Problem, ...]

    def wires_into(self, node: str) -> tuple[Wire, ...]:
        """The wires of a node's ports, port by port: the order of its arguments."""
        return tuple(wire for wires in self.inputs[node].values() for wire in wires)


def read_graph(document: Document, catalogue: Catalogue) -> Graph:
    """Connect the document's wires to ports and order its nodes."""
    entries = {
        node: catalogue[choice.kind] for node, choice in document.nodes.items() if choice.kind in catalogue
    }
    entries = {node: entry for node, entry in entries.items() if entry.kind in (Kind.LAYER, Kind.LOSS)}
    problems = list(_unknown_kinds(document, catalogue, entries))
    inputs: dict[str, dict[str, tuple[Wire, ...]]] = {
        node: {port.name: () for port in entries[node].inputs} if node in entries else {}
        for node in document.nodes
    }
    for wire in document.wires:
        problem = wire_problem(wire, document, entries, inputs)
        if problem is not None:
            problems.append(problem)
        else:
            ports = inputs[wire.target]
            name = port_of(wire, entries)
            ports[name] = (*ports.get(name, ()), wire)
    order = topological_order(document.nodes, _sources(inputs))
    unordered = document.nodes.keys() - set(order)
    problems += [_cycle_problem(cycle, inputs) for cycle in cycles(unordered, _sources(inputs))]
    losses = [node for node in document.nodes if node in entries and entries[node].kind is Kind.LOSS]
    loss = losses[0] if len(losses) == 1 else None
    needed = frozenset(ancestors(loss, _sources(inputs)) if loss else document.nodes)
    problems += _missing_parts(entries, losses)
    problems += _missing_inputs(entries, inputs, needed)
    problems += _unused_outputs(document, entries, inputs)
    return Graph(entries, inputs, order, loss, needed, tuple(problems))


def label(node: str, entries: Mapping[str, Entry]) -> str:
    """A node as sentences name it: Linear 'fc1'."""
    return f"{entries[node].name} '{node}'" if node in entries else f"Node '{node}'"


# Wires and ports


def port_of(wire: Wire, entries: Mapping[str, Entry]) -> str:
    """The name of the port that the wire enters; an empty one stands for the target's first."""
    entry = entries.get(wire.target)
    return wire.port or (entry.inputs[0].name if entry is not None and entry.inputs else "")


def wire_problem(
    wire: Wire,
    document: Document,
    entries: Mapping[str, Entry],
    inputs: Inputs,
) -> Problem | None:
    """Why the wire cannot join the wires that are already in `inputs`, or None if it can."""

    def problem(code: str, message: str) -> Problem:
        return Problem(code, message, node=wire.target if wire.target in document.nodes else None, wire=wire)

    for end, verb in ((wire.source, "starts"), (wire.target, "ends")):
        if end not in document.nodes:
            advice = suggestion(end, document.nodes)
            return problem(
                "dangling-wire", f"The wire '{wire}' {verb} at '{end}', but there is no such node{advice}"
            )
    if wire.source in entries and entries[wire.source].kind is Kind.LOSS:
        return problem("after-loss", f"Nothing comes after a loss: remove the wire '{wire}'.")
    if wire.target not in entries:
        return None
    name, target = port_of(wire, entries), label(wire.target, entries)
    port = _port(entries[wire.target], name)
    if not entries[wire.target].inputs:
        return problem("unknown-port", f"{target} takes no wire: it is where the data come in.")
    if port is None:
        names = " and ".join(each.name for each in entries[wire.target].inputs)
        return problem("unknown-port", f"{target} has no input '{name}'; it has {names}.")
    present = inputs[wire.target][name]
    if any(other.source == wire.source for other in present):
        return problem(
            "duplicate-wire", f"'{wire.source}' is wired to {target} twice; remove one of the wires."
        )
    if present and not port.variadic:
        return problem(
            "two-wires",
            f"The {name} of {target} takes one wire, but '{present[0].source}' and '{wire.source}' "
            "both feed it; join them in an Add or Concat first.",
        )
    return None


def _port(entry: Entry, name: str) -> Port | None:
    return next((port for port in entry.inputs if port.name == name), None)


def _sources(inputs: Inputs) -> dict[str, list[str]]:
    return {
        node: [wire.source for wires in ports.values() for wire in wires] for node, ports in inputs.items()
    }


# Order, cycles, reach


def topological_order(nodes: Iterable[str], sources: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The nodes, each after its sources, and otherwise in the order given (Kahn, 1962).

    Nodes that lie on a cycle, or behind one, are left out.
    """
    names = list(nodes)
    waiting = {node: len(list(sources[node])) for node in names}
    rank = {node: number for number, node in enumerate(names)}
    followers: dict[str, list[str]] = {node: [] for node in names}
    for node in names:
        for source in sources[node]:
            followers[source].append(node)
    ready = [rank[node] for node in names if not waiting[node]]
    order = []
    while ready:
        node = names[heapq.heappop(ready)]
        order.append(node)
        for follower in followers[node]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(ready, rank[follower])
    return tuple(order)


def cycles(nodes: Iterable[str], sources: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Cycles among nodes that have no topological order, each along its wires; no two share a node."""
    left = set(nodes)
    seen: set[str] = set()
    for start in sorted(left):
        path: dict[str, None] = {}
        node = start
        while node not in seen:
            seen.add(node)
            path[node] = None
            # Each of these nodes waits for a source among them, or it would have a place in the order.
            node = next(source for source in sources[node] if source in left)
        if node in path:
            walked = list(path)
            yield tuple(reversed(walked[walked.index(node) :]))


def ancestors(node: str, sources: Mapping[str, Iterable[str]]) -> set[str]:
    """The node and all nodes that feed it, directly or not."""
    found = {node}
    waiting = [node]
    while waiting:
        for source in sources[waiting.pop()]:
            if source not in found:
                found.add(source)
                waiting.append(source)
    return found


# Problems


def _unknown_kinds(
    document: Document, catalogue: Catalogue, entries: Mapping[str, Entry]
) -> Iterator[Problem]:
    for node, choice in document.nodes.items():
        if node in entries:
            continue
        if choice.kind in catalogue:
            what = catalogue[choice.kind].kind.value
            message = f"Node '{node}' is the {what} {choice.kind}; a node must be a layer or a loss."
        else:
            known = [entry for kind in (Kind.LAYER, Kind.LOSS) for entry in catalogue.of(kind)]
            message = f"There is no layer '{choice.kind}' for node '{node}'{_advice(choice.kind, known)}"
        yield Problem("unknown-kind", message, node=node)


def _advice(kind: str, known: Sequence[Entry]) -> str:
    plugin, dot, _ = kind.rpartition(".")
    if not dot:
        return suggestion(kind, [entry.key for entry in known])
    offered = [entry.key for entry in known if entry.plugin == plugin]
    return f"; the plugin has {', '.join(offered)}." if offered else f"; is the plugin {plugin} installed?"


def _cycle_problem(cycle: tuple[str, ...], inputs: Inputs) -> Problem:
    if len(cycle) == 1:
        message = f"'{cycle[0]}' feeds itself; remove the wire from it to itself."
    else:
        names = f"{', '.join(map(repr, cycle[:8]))}{', ...' if len(cycle) > 8 else ''}"
        message = f"The nodes {names} feed each other in a circle; remove one of the wires between them."
    closing = (wire for wires in inputs[cycle[0]].values() for wire in wires if wire.source == cycle[-1])
    return Problem("cycle", message, node=cycle[0], wire=next(closing))


def _missing_parts(entries: Mapping[str, Entry], losses: list[str]) -> Iterator[Problem]:
    if not any(entry.kind is Kind.LAYER and not entry.inputs for entry in entries.values()):
        yield Problem("no-input", "The network has no Input; add one, so that the data can come in.")
    if not losses:
        yield Problem(
            "no-loss", "The network has no loss; add one, such as CrossEntropyLoss, behind the last layer."
        )
    for extra in losses[1:]:
        message = f"There are two losses, '{losses[0]}' and '{extra}'; remove one of them."
        yield Problem("two-losses", message, node=extra)


def _missing_inputs(
    entries: Mapping[str, Entry], inputs: Inputs, needed: frozenset[str]
) -> Iterator[Problem]:
    for node, entry in entries.items():
        # Arguments go by position, so none may be left out before a wired one; a loss's target always comes.
        wired = [number for number, wires in enumerate(inputs[node].values()) if wires]
        for number, port in enumerate(entry.inputs):
            given = number in wired or (entry.kind is Kind.LOSS and number == 1)
            if given or (port.optional and number > max(wired, default=-1)):
                continue
            what = "its input" if number == 0 else f"its {port.name}"
            message = f"Nothing is wired to {label(node, entries)}; pull a wire to {what}."
            yield Problem("missing-input", message, node=node, blocking=node in needed)


def _unused_outputs(document: Document, entries: Mapping[str, Entry], inputs: Inputs) -> Iterator[Problem]:
    used = {source for sources in _sources(inputs).values() for source in sources}
    for node in document.nodes:
        if node not in used and (node not in entries or entries[node].kind is not Kind.LOSS):
            message = f"{label(node, entries)} leads nowhere; nothing uses what it gives."
            yield Problem("unused-output", message, node=node, blocking=False)


def suggestion(word: str, words: Iterable[str]) -> str:
    """The end of a sentence about a word that is not known: the closest known one, if any is close."""
    by_lower = {known.lower(): known for known in words}
    close = get_close_matches(word.lower(), by_lower, n=1)
    return f"; did you mean '{by_lower[close[0]]}'?" if close else "."
