"""Why a layer refuses what its wires bring, in plain words, with what would help."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from gradloom.experiment.analysis import Fix, InsertNode, Problem, SetParameter
from gradloom.experiment.document import Choice, Wire
from gradloom.experiment.probe import Probe, Signal, infer
from gradloom.plugins.catalogue import Entry

_TAKES: Final = {
    "Conv1d": ("sequences of (N, channels, length)", (2,)),
    "MaxPool1d": ("sequences of (N, channels, length)", (1, 2)),
    "AvgPool1d": ("sequences of (N, channels, length)", (1, 2)),
    "BatchNorm1d": ("(N, features) or (N, channels, length)", (1, 2)),
    "Conv2d": ("images of (N, channels, height, width)", (3,)),
    "ConvTranspose2d": ("images of (N, channels, height, width)", (3,)),
    "MaxPool2d": ("images of (N, channels, height, width)", (2, 3)),
    "AvgPool2d": ("images of (N, channels, height, width)", (2, 3)),
    "AdaptiveAvgPool2d": ("images of (N, channels, height, width)", (2, 3)),
    "BatchNorm2d": ("images of (N, channels, height, width)", (3,)),
    "Dropout2d": ("images of (N, channels, height, width)", (2, 3)),
}
"""What layers take that are particular about the number of axes, in words and in axes of one sample."""

_FLATTEN: Final = Choice(kind="Flatten")

Explanation: TypeAlias = tuple[str, tuple[Fix, ...]] | None


@dataclass(frozen=True)
class Attempt:
    """A node that refused what its wires bring: one signal for each wire, in the order of its arguments."""

    node: str
    name: str
    entry: Entry
    parameters: Mapping[str, Any]
    wires: Sequence[Wire]
    inputs: tuple[Signal, ...]
    found: Probe

    @property
    def listed(self) -> str:
        pairs = zip(self.wires, self.inputs, strict=True)
        return " and ".join(f"{signal} from '{wire.source}'" for wire, signal in pairs)


def shape_problem(attempt: Attempt) -> Problem:
    """The refusal as a problem of the node, with what would help where we know it."""
    sentence, fixes = (
        _wrong_axes(attempt)
        or _wrong_sizes(attempt)
        or _wrong_dtype(attempt)
        or _unlike_branches(attempt)
        or (f"{attempt.name} cannot take {attempt.listed}: {attempt.found.refusal}.", ())
    )
    wire = attempt.wires[0] if len(attempt.wires) == 1 else None
    return Problem("shape", sentence, node=attempt.node, wire=wire, fixes=fixes)


def _wrong_axes(attempt: Attempt) -> Explanation:
    takes, axes = _TAKES.get(attempt.entry.key, ("", ()))
    given = len(attempt.inputs[0].shape)
    if not axes or given in axes:
        return None
    wire = attempt.wires[0]
    fixes: tuple[Fix, ...] = ()
    if 1 in axes:
        fixes = (InsertNode("Insert Flatten", wire, _FLATTEN),)
    elif given == 1:
        fixes = _unflatten(wire, attempt.inputs[0].shape[0], axes=max(axes))
    return f"{attempt.name} gets {attempt.listed}, but takes {takes}.", fixes


def _unflatten(wire: Wire, features: int, axes: int) -> tuple[Fix, ...]:
    """One channel of all features; an image as square as can be."""
    side = 1
    if axes == 3:
        side = next(side for side in range(math.isqrt(features), 0, -1) if features % side == 0)
    size = (1, features) if axes == 2 else (1, side, features // side)
    choice = Choice(kind="Unflatten", parameters={"dim": 1, "unflattened_size": size})
    return (InsertNode(f"Insert Unflatten to {' x '.join(map(str, size))}", wire, choice),)


def _wrong_sizes(attempt: Attempt) -> Explanation:
    """A parameter that would follow from the wire was given, and does not fit."""
    given = {parameter.name for parameter in attempt.entry.parameters if parameter.inferred}
    others = {name: value for name, value in attempt.parameters.items() if name not in given}
    for name, right in infer(attempt.entry, others, attempt.inputs).items():
        value = attempt.parameters.get(name, right)
        if value == right:
            continue
        sentence = f"{attempt.name} has {name} {value}, but gets {attempt.listed}"
        if name == "in_features" and value == math.prod(attempt.inputs[0].shape):
            return f"{sentence}; flatten it first.", (
                InsertNode("Insert Flatten", attempt.wires[0], _FLATTEN),
            )
        fix = SetParameter(f"Set {name} of '{attempt.node}' to {right}", attempt.node, name, right)
        return f"{sentence}; {name} must be {right}.", (fix,)
    return None


def _wrong_dtype(attempt: Attempt) -> Explanation:
    if attempt.entry.key == "Embedding" and attempt.inputs[0].dtype.startswith("float"):
        return f"{attempt.name} looks up whole numbers, but gets {attempt.inputs[0].dtype}.", ()
    return None


def _unlike_branches(attempt: Attempt) -> Explanation:
    if attempt.entry.family != "merge" or len(attempt.inputs) < 2:
        return None
    if attempt.entry.key == "Concat":
        dim = attempt.parameters.get("dim", 1)
        return f"{attempt.name} joins {attempt.listed} along axis {dim}, but their other axes differ.", ()
    return f"{attempt.name} combines {attempt.listed}, whose shapes differ.", _alike(attempt)


def _alike(attempt: Attempt) -> tuple[Fix, ...]:
    """Flatten the branch that only differs in its axes, or bring the second one to the first one's width."""
    first, second = (signal.shape for signal in attempt.inputs[:2])
    if math.prod(first) == math.prod(second) and 1 in (len(first), len(second)):
        return (InsertNode("Insert Flatten", attempt.wires[len(first) == 1], _FLATTEN),)
    if len(first) == len(second) == 1:
        choice = Choice(kind="Linear", parameters={"out_features": first[0]})
        label = f"Insert Linear {first[0]} behind '{attempt.wires[1].source}'"
        return (InsertNode(label, attempt.wires[1], choice),)
    return ()
