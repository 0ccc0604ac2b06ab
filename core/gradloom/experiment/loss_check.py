"""Whether what a network gives suits its target and task, in plain words and with fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Final

from gradloom.experiment.analysis import Fix, InsertNode, Problem, SetParameter
from gradloom.experiment.document import Choice, Value, Wire
from gradloom.experiment.facts import Facts
from gradloom.experiment.graph import Graph, label
from gradloom.experiment.probe import Probe, Signal

_OF_CLASSES: Final = ("CrossEntropyLoss", "NLLLoss")
_OF_NUMBERS: Final = (
    "MSELoss",
    "L1Loss",
    "SmoothL1Loss",
    "HuberLoss",
    "BCELoss",
    "BCEWithLogitsLoss",
    "KLDivLoss",
)


@dataclass(frozen=True)
class Comparison:
    """A loss with what it compares.

    `wires` and `compared` belong to its ports, input and target first; where there is no wire, what is
    compared is the data set's target. `signals` holds what every node gives.
    """

    graph: Graph
    node: str
    wires: tuple[Wire | None, ...]
    compared: tuple[Signal, ...]
    facts: Facts
    signals: Mapping[str, Signal]

    @property
    def name(self) -> str:
        return label(self.node, self.graph.entries)

    @property
    def kind(self) -> str:
        return self.graph.entries[self.node].key

    @property
    def wire(self) -> Wire:
        """The wire that brings the network's output."""
        assert self.wires[0] is not None
        return self.wires[0]

    @property
    def target_wire(self) -> Wire | None:
        return self.wires[1] if len(self.wires) > 1 else None

    @property
    def output(self) -> Signal:
        return self.compared[0]

    @property
    def target(self) -> Signal:
        return self.compared[1] if len(self.compared) > 1 else self.facts.target

    def problem(self, message: str, *fixes: Fix) -> Problem:
        return Problem("shape", message, node=self.node, wire=self.wire, fixes=fixes)


def check_comparison(comparison: Comparison) -> Problem | None:
    """What a loss would not notice, or not say clearly: another task, or another number of values."""
    if comparison.target_wire is not None:
        return _check_numbers(comparison) if comparison.kind in (*_OF_NUMBERS, *_OF_CLASSES) else None
    if comparison.facts.classes:
        return _check_classes(comparison)
    if comparison.kind in _OF_CLASSES:
        return comparison.problem(
            f"{comparison.name} compares classes, but {comparison.facts.name} gives numbers; "
            "use a loss for numbers, such as MSELoss."
        )
    return _check_numbers(comparison) if comparison.kind in _OF_NUMBERS else None


def refused_comparison(
    comparison: Comparison, parameters: Mapping[str, Value], found: Probe
) -> Problem | None:
    """The problem of a loss that refused its inputs or gives more than one number."""
    if found.output is None:
        return comparison.problem(
            f"{comparison.name} cannot compare {comparison.output} with {comparison.target}: {found.refusal}."
        )
    if prod(found.output.shape) == 1:
        return None
    fixes: tuple[Fix, ...] = ()
    if parameters.get("reduction") == "none":
        fixes = (SetParameter("Set reduction to mean", comparison.node, "reduction", "mean"),)
    return comparison.problem(
        f"{comparison.name} gives many numbers, but training needs one to lower.", *fixes
    )


def _check_classes(comparison: Comparison) -> Problem | None:
    facts, output = comparison.facts, comparison.output
    if comparison.kind in _OF_NUMBERS:
        return comparison.problem(
            f"{comparison.name} compares numbers, but {facts.name} gives classes; "
            "use a loss for classes, such as CrossEntropyLoss."
        )
    if len(output.shape) == 1:
        return _check_width(comparison, facts.classes, f"{facts.name} has {facts.classes} classes")
    if comparison.kind in _OF_CLASSES:
        return comparison.problem(
            f"{comparison.name} gets {output} from '{comparison.wire.source}', "
            f"but takes (N, {facts.classes}): one value for each class of {facts.name}.",
            *_flatten_fixes(comparison),
        )
    return None


def _check_numbers(comparison: Comparison) -> Problem | None:
    output, target = comparison.output, comparison.target
    fixes: tuple[Fix, ...] = ()
    if output.shape == target.shape:
        return None
    if comparison.target_wire is None:
        if len(output.shape) == 1:
            values = f"{target.shape[0]} number{'s' if target.shape[0] > 1 else ''} to predict"
            return _check_width(comparison, target.shape[0], f"{comparison.facts.name} has {values}")
        fixes = _flatten_fixes(comparison)
    elif len(output.shape) == 1 and len(target.shape) > 1:
        fixes = (
            InsertNode("Insert Flatten before the target", comparison.target_wire, Choice(kind="Flatten")),
        )
    elif len(output.shape) == len(target.shape) == 1:
        fixes = _width_fixes(comparison, target.shape[0])
    return comparison.problem(
        f"{comparison.name} compares {output} from '{comparison.wire.source}' with a target of {target}; "
        "both must have one shape.",
        *fixes,
    )


def _check_width(comparison: Comparison, width: int, expected: str) -> Problem | None:
    given = comparison.output.shape[0]
    if given == width:
        return None
    fixes = _width_fixes(comparison, width)
    advice = f" {fixes[0].label}." if fixes else ""
    plural = "" if given == 1 else "s"
    return comparison.problem(
        f"The network gives {given} value{plural} a sample; {expected}.{advice}", *fixes
    )


# Fixes


def _width_fixes(comparison: Comparison, width: int) -> tuple[Fix, ...]:
    """Set the width where it is decided; or, where more layers lie in between, add one that decides it."""
    last = node = comparison.wire.source
    graph, signals = comparison.graph, comparison.signals
    fixes: list[Fix] = []
    while node in graph.entries:
        if graph.entries[node].parameter("out_features") is not None:
            fixes.append(
                SetParameter(f"Set out_features of '{node}' to {width}", node, "out_features", width)
            )
            break
        wires = graph.wires_into(node)
        if len(wires) != 1 or signals[wires[0].source] != signals[node]:
            break
        node = wires[0].source
    if node != last or not fixes:
        choice = Choice(kind="Linear", parameters={"out_features": width})
        fixes.append(InsertNode(f"Insert Linear {width}", comparison.wire, choice))
    return tuple(fixes)


def _flatten_fixes(comparison: Comparison) -> tuple[Fix, ...]:
    """Flatten before the first Linear of the chain that ends in the loss, or else before the loss."""
    graph, wire = comparison.graph, comparison.wire
    place = wire
    while len(wires := graph.wires_into(wire.source)) == 1:
        wire = wires[0]
        is_linear = wire.target in graph.entries and graph.entries[wire.target].key == "Linear"
        if is_linear and len(comparison.signals[wire.source].shape) > 1:
            place = wire
    where = "" if place.target == comparison.node else f" before '{place.target}'"
    return (InsertNode(f"Insert Flatten{where}", place, Choice(kind="Flatten")),)
