"""What each node and wire shows, as plain data: the model's answer, and all that an item knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gradloom.experiment.analysis import Analysis, Fix, NodeReport, Problem
from gradloom.experiment.document import Choice, Document, Wire
from gradloom.plugins.catalogue import Catalogue, Entry, Kind, Port
from gradloom_studio.model import graph
from gradloom_studio.theme.families import UNKNOWN
from gradloom_studio.words.graph import count_text, shape_text, telling_text


@dataclass(frozen=True)
class NodeLook:
    """A node as it is painted. A problem that is not `blocking` is only a warning.

    `family` is "unknown" for a kind that the catalogue does not have.
    """

    name: str
    kind: str
    family: str
    detail: str = ""
    parameter_count: int = 0
    output: str = ""
    inputs: tuple[Port, ...] = ()
    has_output: bool = True
    feeds: bool = False
    help: str = ""
    problem: str = ""
    blocking: bool = False
    fixes: tuple[Fix, ...] = ()

    @property
    def known(self) -> bool:
        return self.family != UNKNOWN

    @property
    def tone(self) -> str:
        """The token of the problem's colour."""
        return "danger" if self.blocking else "warning"

    @property
    def sentence(self) -> str:
        """The node in words, for the outline, the tooltip and a screen reader."""
        parts = [f"{self.name}: {self.kind} {self.detail}".rstrip()]
        if self.output:
            parts.append(f"gives {self.output}")
        if self.parameter_count:
            parts.append(f"{count_text(self.parameter_count)} parameters")
        text = ", ".join(parts)
        return f"{text}. {self.problem}" if self.problem else text


@dataclass(frozen=True)
class WireLook:
    """A wire as it is painted: the shape it carries, and what is wrong with it."""

    wire: Wire
    index: int
    shape: str = ""
    dtype: str = ""
    problem: str = ""
    blocking: bool = False

    @property
    def tone(self) -> str:
        """The token of the problem's colour."""
        return "danger" if self.blocking else "warning"

    @property
    def sentence(self) -> str:
        text = f"{self.wire.source} → {self.wire.target}"
        if self.shape:
            text += f": {self.shape}" + (f", {self.dtype}" if self.dtype else "")
        return f"{text}\n{self.problem}" if self.problem else text


@dataclass(frozen=True)
class Looks:
    """Every node and wire of a document, described in one pass."""

    nodes: Mapping[str, NodeLook] = field(default_factory=dict)
    wires: Mapping[Wire, WireLook] = field(default_factory=dict)


def describe(document: Document, catalogue: Catalogue, analysis: Analysis) -> Looks:
    """What a canvas should show of a document, from nothing but the model.

    A wire whose end is missing cannot be drawn; the analysis names it.
    """
    arriving: dict[str, list[Wire]] = {name: [] for name in document.nodes}
    drawn = [wire for wire in document.wires if {wire.source, wire.target} <= document.nodes.keys()]
    for wire in drawn:
        arriving[wire.target].append(wire)
    ports = {
        name: graph.ports(catalogue.get(choice.kind), arriving[name])
        for name, choice in document.nodes.items()
    }
    feeding = {wire.source for wire in drawn}
    of_node, of_wire = _problems(analysis)
    nodes = {
        name: _node_look(
            name,
            choice,
            catalogue.get(choice.kind),
            analysis.nodes.get(name, NodeReport()),
            ports[name],
            name in feeding,
            of_node.get(name),
        )
        for name, choice in document.nodes.items()
    }
    wires = {
        wire: WireLook(
            wire=wire,
            index=graph.place(ports[wire.target], wire),
            shape=shape_text(analysis.wires.get(wire)),
            dtype=analysis.nodes.get(wire.source, NodeReport()).dtype,
            problem=of_wire[wire].message if wire in of_wire else "",
            blocking=wire in of_wire and of_wire[wire].blocking,
        )
        for wire in drawn
    }
    return Looks(nodes, wires)


def _node_look(
    name: str,
    choice: Choice,
    entry: Entry | None,
    report: NodeReport,
    inputs: tuple[Port, ...],
    feeds: bool,
    problem: Problem | None,
) -> NodeLook:
    return NodeLook(
        name=name,
        kind=entry.name if entry else choice.kind,
        family=(entry.family or entry.kind.value) if entry else UNKNOWN,
        detail=telling_text(choice, entry),
        parameter_count=report.parameter_count,
        output=shape_text(report.output),
        inputs=inputs,
        has_output=entry is None or entry.kind is not Kind.LOSS,
        feeds=feeds,
        help=entry.summary if entry else "",
        problem=problem.message if problem else "",
        blocking=problem is not None and problem.blocking,
        fixes=problem.fixes if problem else (),
    )


def _problems(analysis: Analysis) -> tuple[dict[str, Problem], dict[Wire, Problem]]:
    """The first problem of each node and of each wire; a wire's is told at the node it arrives at."""
    of_node: dict[str, Problem] = {}
    of_wire: dict[Wire, Problem] = {}
    for problem in sorted(analysis.problems, key=lambda problem: not problem.blocking):
        node = problem.node or (problem.wire.target if problem.wire else None)
        if node is not None:
            of_node.setdefault(node, problem)
        if problem.wire is not None:
            of_wire.setdefault(problem.wire, problem)
    return of_node, of_wire
