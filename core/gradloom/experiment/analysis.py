"""What an experiment's graph means: shapes on wires, parameter counts, and problems with their fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gradloom.experiment.document import Choice, Wire


@dataclass(frozen=True)
class InsertNode:
    """A fix: put a new node on the wire that the problem names."""

    label: str
    wire: Wire
    choice: Choice


@dataclass(frozen=True)
class SetParameter:
    """A fix: give a node's parameter another value."""

    label: str
    node: str
    name: str
    value: object


Fix: TypeAlias = InsertNode | SetParameter


@dataclass(frozen=True)
class Problem:
    """Why the graph cannot be trained, in one plain sentence, and where.

    `code` is a stable word for tests and styling: unknown-kind, bad-parameter, dangling-wire, unknown-port,
    duplicate-wire, two-wires, after-loss, cycle, missing-input, no-input, no-loss, two-losses, unused-output,
    shape, and, for what lies outside the graph, data, transform, optimizer, schedule, metric. A problem that
    is not `blocking` is worth knowing, but does not hinder training.
    """

    code: str
    message: str
    node: str | None = None
    wire: Wire | None = None
    fixes: tuple[Fix, ...] = ()
    blocking: bool = True


@dataclass(frozen=True)
class NodeReport:
    """What is known of one node: its output for a batch of N samples, and its size.

    `output` leaves the batch axis out: (784,) stands for (N, 784). `inferred` holds the parameters that
    follow from the wire, such as in_features.
    """

    output: tuple[int, ...] | None = None
    dtype: str = ""
    parameter_count: int = 0
    inferred: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Analysis:
    """The whole reading of a document's graph; where `obstacles` is empty, it can be trained."""

    nodes: Mapping[str, NodeReport]
    wires: Mapping[Wire, tuple[int, ...] | None]
    problems: tuple[Problem, ...]
    order: tuple[str, ...] = ()

    @property
    def obstacles(self) -> tuple[Problem, ...]:
        """The problems that hinder training."""
        return tuple(problem for problem in self.problems if problem.blocking)

    @property
    def parameter_count(self) -> int:
        return sum(report.parameter_count for report in self.nodes.values())
