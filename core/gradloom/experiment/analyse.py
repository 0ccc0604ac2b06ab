"""Reads a document: is its graph sound, what flows through each wire, and what helps where it fails."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from gradloom.data.sources import DataError
from gradloom.experiment.analysis import Analysis, NodeReport, Problem
from gradloom.experiment.choices import ChoiceError, find
from gradloom.experiment.data_set import state_of_files
from gradloom.experiment.document import Choice, Document, Wire
from gradloom.experiment.facts import Facts, facts_of
from gradloom.experiment.graph import Graph, ancestors, label, port_of, read_graph, suggestion, wire_problem
from gradloom.experiment.loss_check import Comparison, check_comparison, refused_comparison
from gradloom.experiment.parameters import complaints
from gradloom.experiment.probe import Probe, Signal, probe
from gradloom.experiment.reasons import Attempt, shape_problem
from gradloom.plugins.catalogue import Catalogue, Entry, Kind

Result = TypeVar("Result")


class AnalysisCache:
    """Remembers what layers and data sets gave, so that an edit asks only the nodes that it touches.

    For one thread. It holds shapes, never data or layers.
    """

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._results: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """What was found under the key, or what `compute` gives now."""
        if key not in self._results:
            self._results[key] = compute()
            if len(self._results) > self._most:
                self._results.popitem(last=False)
        self._results.move_to_end(key)
        result: Result = self._results[key]
        return result


def analyse(document: Document, catalogue: Catalogue, cache: AnalysisCache | None = None) -> Analysis:
    """Everything that can be said of the document's graph before training.

    Layers are built and run on a tiny batch to learn their shapes; no shared random stream is touched. Never
    raises for what a document says.
    """
    graph = read_graph(document, catalogue)
    return _Reading(document, catalogue, cache or AnalysisCache(), graph).analysis()


def can_connect(
    document: Document,
    analysis: Analysis,
    catalogue: Catalogue,
    source: str,
    target: str,
    port: str = "",
    cache: AnalysisCache | None = None,
) -> Problem | None:
    """Why a new wire would be wrong, or None if it would be fine as far as can be told.

    Args:
        document: without the wire.
        analysis: of that document.
        catalogue: what there is to choose from.
        source, target, port: the wire; an empty port is the target's first.
        cache: makes asking again cheap.
    """
    wire = Wire(source=source, target=target, port=port)
    graph = read_graph(document, catalogue)
    if problem := wire_problem(wire, document, graph.entries, graph.inputs):
        return problem
    sources = {node: [wire.source for wire in graph.wires_into(node)] for node in document.nodes}
    if target in ancestors(source, sources):
        message = f"'{target}' already feeds '{source}'; this wire would close a circle."
        if source == target:
            message = f"'{target}' cannot feed itself."
        return Problem("cycle", message, node=target, wire=wire)
    if target not in graph.entries:
        return None
    ports = dict(graph.inputs[target])
    name = port_of(wire, graph.entries)
    inputs = {**graph.inputs, target: {**ports, name: (*ports[name], wire)}}
    reading = _Reading(document, catalogue, cache or AnalysisCache(), replace(graph, inputs=inputs))
    reading.take_over(analysis)
    problem = next(iter(reading.judge(target)), None)
    return problem and replace(problem, wire=wire)


def compatible_kinds(
    analysis: Analysis, catalogue: Catalogue, source: str, cache: AnalysisCache | None = None
) -> tuple[str, ...]:
    """The keys of layers that take what `source` gives, with the smallest choice for what must be chosen.

    All layers with an input fit as long as the source's shape is not known.
    """
    layers = [entry for entry in catalogue.of(Kind.LAYER) if entry.inputs]
    signal = _signal(analysis.nodes.get(source, NodeReport()))
    if signal is None:
        return tuple(entry.key for entry in layers)
    cache = cache or AnalysisCache()
    return tuple(
        entry.key for entry in layers if _probe(entry, _smallest(entry), (signal,), cache).output is not None
    )


def _smallest(entry: Entry) -> dict[str, Any]:
    required = (parameter for parameter in entry.parameters if parameter.required and not parameter.inferred)
    return {parameter.name: max(1, int(parameter.minimum or 0)) for parameter in required}


@dataclass
class _Reading:
    """One pass over a document: the graph's problems, what surrounds the graph, then the nodes in order."""

    document: Document
    catalogue: Catalogue
    cache: AnalysisCache
    graph: Graph
    signals: dict[str, Signal] = field(default_factory=dict)
    reports: dict[str, NodeReport] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.facts, self.data_problem = self._facts()

    def analysis(self) -> Analysis:
        problems = [*self.graph.problems, *self._surroundings()]
        for node in self.graph.order:
            needed = node in self.graph.needed
            problems += (
                problem if needed else replace(problem, blocking=False) for problem in self.judge(node)
            )
        shapes = {node: signal.shape for node, signal in self.signals.items()}
        return Analysis(
            nodes={node: self.reports.get(node, NodeReport()) for node in self.document.nodes},
            wires={wire: shapes.get(wire.source) for wire in self.document.wires},
            problems=tuple(problems),
            order=self.graph.order,
        )

    def take_over(self, analysis: Analysis) -> None:
        """Go on from what an earlier reading found."""
        found = {node: _signal(report) for node, report in analysis.nodes.items()}
        self.signals = {node: signal for node, signal in found.items() if signal is not None}

    # Nodes

    def judge(self, node: str) -> Iterator[Problem]:
        """Find a node's output from its inputs, as far as these are known, and what is wrong with it."""
        entry = self.graph.entries.get(node)
        if entry is None:
            return
        wrong = list(complaints(self.document.nodes[node], entry))
        for complaint in wrong:
            yield Problem("bad-parameter", f"{label(node, self.graph.entries)} {complaint.clause}", node=node)
        wires = self.graph.wires_into(node)
        inputs = tuple(self.signals[wire.source] for wire in wires if wire.source in self.signals)
        if wrong or len(inputs) < len(wires) or not self._is_wired(node, entry):
            return
        if entry.kind is Kind.LOSS:
            yield from self._judge_loss(node, entry)
        elif entry.inputs:
            yield from self._judge_layer(node, entry, wires, inputs)
        else:
            yield from self._judge_input(node)

    def _is_wired(self, node: str, entry: Entry) -> bool:
        return all(port.optional or self.graph.inputs[node][port.name] for port in entry.inputs)

    def _judge_input(self, node: str) -> Iterator[Problem]:
        if self.facts is None:
            return
        name = str(self.document.nodes[node].parameters.get("field", "x"))
        signal = self.facts.fields.get(name)
        if signal is None:
            advice = suggestion(name, self.facts.fields)
            message = f"{self.facts.name} has no field '{name}' for Input '{node}'{advice}"
            yield Problem("bad-parameter", message, node=node)
            return
        self._report(node, Probe(signal))

    def _judge_layer(
        self, node: str, entry: Entry, wires: tuple[Wire, ...], inputs: tuple[Signal, ...]
    ) -> Iterator[Problem]:
        parameters = self.document.nodes[node].parameters
        found = _probe(entry, parameters, inputs, self.cache)
        self._report(node, found)
        if found.output is None:
            name = label(node, self.graph.entries)
            yield shape_problem(Attempt(node, name, entry, parameters, wires, inputs, found))

    def _judge_loss(self, node: str, entry: Entry) -> Iterator[Problem]:
        if self.facts is None:
            return
        wires = tuple(wires[0] if wires else None for wires in self.graph.inputs[node].values())
        compared = tuple(self.signals[wire.source] if wire else self.facts.target for wire in wires)
        comparison = Comparison(self.graph, node, wires, compared, self.facts, self.signals)
        parameters = self.document.nodes[node].parameters
        problem = check_comparison(comparison) or refused_comparison(
            comparison, parameters, _probe(entry, parameters, compared, self.cache)
        )
        if problem is not None:
            yield problem

    def _report(self, node: str, found: Probe) -> None:
        if found.output is None:
            self.reports[node] = NodeReport(inferred=found.inferred)
            return
        self.signals[node] = found.output
        self.reports[node] = NodeReport(
            found.output.shape, found.output.dtype, found.parameter_count, found.inferred
        )

    # What surrounds the graph

    def _facts(self) -> tuple[Facts | None, Problem | None]:
        source = self.document.data.source
        key = ("data", _frozen(source), state_of_files(source, self.catalogue))
        return self.cache.get(key, lambda: _load_facts(source, self.catalogue))

    def _surroundings(self) -> Iterator[Problem]:
        if self.data_problem is not None:
            yield self.data_problem
        document = self.document
        for choice in document.data.transforms:
            yield from self._check(choice, Kind.TRANSFORM)
        yield from self._check(document.optimizer, Kind.OPTIMIZER)
        if document.schedule is not None:
            yield from self._check(document.schedule, Kind.SCHEDULE)
        for metric in document.metrics:
            yield from self._check(Choice(kind=metric), Kind.METRIC)

    def _check(self, choice: Choice, kind: Kind) -> Iterator[Problem]:
        try:
            entry = find(choice.kind, kind, self.catalogue)
        except ChoiceError as error:
            yield Problem(kind.value, str(error))
            return
        for complaint in complaints(choice, entry):
            yield Problem(kind.value, f"The {kind.value} {entry.name} {complaint.clause}")


def _load_facts(source: Choice, catalogue: Catalogue) -> tuple[Facts | None, Problem | None]:
    try:
        return facts_of(source, catalogue), None
    except (ChoiceError, DataError) as error:
        return None, Problem("data", str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's data set may raise anything
        return None, Problem(
            "data", f"The data set {source.kind} cannot be loaded: {error or type(error).__name__}."
        )


def _probe(
    entry: Entry, parameters: Mapping[str, Any], inputs: tuple[Signal, ...], cache: AnalysisCache
) -> Probe:
    key = (entry.factory, repr(sorted(parameters.items())), inputs)
    return cache.get(key, lambda: probe(entry, parameters, inputs))


def _frozen(choice: Choice) -> tuple[str, str]:
    return choice.kind, repr(sorted(choice.parameters.items()))


def _signal(report: NodeReport) -> Signal | None:
    return None if report.output is None else Signal(report.output, report.dtype)
