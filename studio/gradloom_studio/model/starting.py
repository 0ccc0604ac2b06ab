"""What a node starts with: a value for all that must be chosen, so that it works where it lands."""

from __future__ import annotations

from gradloom.experiment.document import Choice, Value
from gradloom.plugins.catalogue import Catalogue, Entry, Parameter

_BY_NAME: dict[str, Value] = {
    "out_features": 64,
    "out_channels": 16,
    "kernel_size": 3,
    "output_size": 1,
    "num_embeddings": 1000,
    "embedding_dim": 32,
    "num_groups": 4,
}
_BY_FAMILY: dict[tuple[str, str], Value] = {("pooling", "kernel_size"): 2}


def starting_choice(kind: str, catalogue: Catalogue) -> Choice:
    """A kind as it comes onto the canvas."""
    entry = catalogue.get(kind)
    if entry is None:
        return Choice(kind=kind)
    needed = (parameter for parameter in entry.parameters if parameter.required and not parameter.inferred)
    values = {parameter.name: _start(entry, parameter) for parameter in needed}
    return Choice(kind=kind, parameters={name: value for name, value in values.items() if value is not None})


def _start(entry: Entry, parameter: Parameter) -> Value | None:
    """A first value; None where there is none that would make sense."""
    known = _BY_FAMILY.get((entry.family, parameter.name), _BY_NAME.get(parameter.name))
    if known is not None:
        return known
    if parameter.choices:
        return parameter.choices[0]
    if parameter.type in ("int", "ints"):
        return max(1, int(parameter.minimum or 1))
    if parameter.type in ("float", "floats"):
        return _inside(parameter)
    return False if parameter.type == "bool" else None


def _inside(parameter: Parameter) -> float:
    """A number within the bounds."""
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return (low + high) / 2
    if low is not None:
        return low + 1
    return high - 1 if high is not None else 1.0
