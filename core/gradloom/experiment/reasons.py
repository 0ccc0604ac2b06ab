"""Why a layer refuses what its wires bring, in plain words, with what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Final

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


def shape_problem(
    node: str,
    entry: Entry,
    parameters: Mapping[str, Any],
    wires: Sequence[Wire],
    inputs: tuple[Signal, ...],
    found: Probe,
    name: str,
) -> Problem:
    """The problem of a node that refused its inputs.

    Args:
        node, entry, parameters: the node.
        wires: its wires, one for each input.
        inputs: what the wires bring.
        found: the refusal.
        name: the node as sentences name it.
    """
    sentence, fixes = (
        _wrong_axes(entry, wires, inputs, name)
        or _wrong_sizes(node, entry, parameters, inputs, name)
        or _wrong_dtype(entry, inputs, name)
        or _unlike_branches(entry, parameters, wires, inputs, name)
        or (f"{name} cannot take {_listed(wires, inputs)}: {found.refusal}.", ())
    )
    return Problem("shape", sentence, node=node, wire=wires[0] if len(wires) == 1 else None, fixes=fixes)


Explanation = tuple[str, tuple[Fix, ...]] | None


def _wrong_axes(entry: Entry, wires: Sequence[Wire], inputs: tuple[Signal, ...], name: str) -> Explanation:
    takes, axes = _TAKES.get(entry.key, ("", ()))
    if not axes or len(inputs) != 1 or len(inputs[0].shape) in axes:
        return None
    fixes: tuple[Fix, ...] = ()
    if len(inputs[0].shape) > max(axes) and 1 in axes:
        fixes = (InsertNode("Insert Flatten", wires[0], Choice(kind="Flatten")),)
    elif len(inputs[0].shape) == 1 and axes != (2,):
        fixes = _as_image(wires[0], inputs[0].shape[0])
    elif len(inputs[0].shape) == 1:
        choice = Choice(kind="Unflatten", parameters={"dim": 1, "unflattened_size": (1, inputs[0].shape[0])})
        fixes = (InsertNode("Insert Unflatten", wires[0], choice),)
    return f"{name} gets {inputs[0]} from '{wires[0].source}', but takes {takes}.", fixes


def _as_image(wire: Wire, features: int) -> tuple[Fix, ...]:
    """One channel, as square as can be."""
    side = next(side for side in range(int(features**0.5) or 1, 0, -1) if features % side == 0)
    choice = Choice(kind="Unflatten", parameters={"dim": 1, "unflattened_size": (1, side, features // side)})
    return (
        (InsertNode(f"Insert Unflatten to 1 x {side} x {features // side}", wire, choice),)
        if side > 1
        else ()
    )


def _wrong_sizes(
    node: str, entry: Entry, parameters: Mapping[str, Any], inputs: tuple[Signal, ...], name: str
) -> Explanation:
    """A parameter that would follow from the wire was given, and does not fit."""
    given = {
        key for parameter in entry.parameters if parameter.inferred and (key := parameter.name) in parameters
    }
    right = infer(entry, {key: value for key, value in parameters.items() if key not in given}, inputs)
    for key in sorted(given & right.keys()):
        if parameters[key] != right[key]:
            fix = SetParameter(f"Set {key} of '{node}' to {right[key]}", node, key, right[key])
            return f"{name} has {key} {parameters[key]}, but gets {inputs[0]}; {key} must be {right[key]}.", (
                fix,
            )
    return None


def _wrong_dtype(entry: Entry, inputs: tuple[Signal, ...], name: str) -> Explanation:
    if entry.key == "Embedding" and inputs[0].dtype.startswith("float"):
        return f"{name} looks up whole numbers, but gets {inputs[0].dtype}.", ()
    return None


def _unlike_branches(
    entry: Entry,
    parameters: Mapping[str, Any],
    wires: Sequence[Wire],
    inputs: tuple[Signal, ...],
    name: str,
) -> Explanation:
    if entry.family != "merge" or len(inputs) < 2:
        return None
    if entry.key == "Concat":
        dim = parameters.get("dim", 1)
        return f"{name} joins {_listed(wires, inputs)} along axis {dim}, but their other axes differ.", ()
    return f"{name} combines {_listed(wires, inputs)}, whose shapes differ.", _alike(entry, wires, inputs)


def _alike(entry: Entry, wires: Sequence[Wire], inputs: tuple[Signal, ...]) -> tuple[Fix, ...]:
    """Flatten the branch that only differs in its axes, or bring the second one to the first one's width."""
    first, second = inputs[0].shape, inputs[1].shape
    if prod(first) == prod(second) and 1 in (len(first), len(second)):
        wire = wires[0] if len(first) > 1 else wires[1]
        return (InsertNode("Insert Flatten", wire, Choice(kind="Flatten")),)
    if len(first) == len(second) == 1:
        choice = Choice(kind="Linear", parameters={"out_features": first[0]})
        return (InsertNode(f"Insert Linear {first[0]} behind '{wires[1].source}'", wires[1], choice),)
    return ()


def _listed(wires: Sequence[Wire], inputs: tuple[Signal, ...]) -> str:
    return " and ".join(f"{signal} from '{wire.source}'" for wire, signal in zip(wires, inputs, strict=True))
