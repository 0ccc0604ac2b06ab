"""What the canvas writes on nodes and wires: shapes, counts and the parameter that matters."""

from __future__ import annotations

from gradloom.experiment.document import Choice
from gradloom.plugins.catalogue import Entry, Parameter

TIMES = "\N{MULTIPLICATION SIGN}"

_WINDOWS = {"kernel_size"}
_TELLING_FAMILIES = {"regularization"}
"""Families whose first parameter says what they do, even where it is the default: the p of Dropout."""


def shape_text(shape: tuple[int, ...] | None) -> str:
    """A shape without its batch axis: 784, 1x28x28; "scalar" for one number, nothing if unknown."""
    if shape is None:
        return ""
    return TIMES.join(str(size) for size in shape) if shape else "scalar"


def count_text(count: int) -> str:
    """A number with its thousands grouped: 100,480."""
    return f"{count:,}"


def value_text(name: str, value: object) -> str:
    """A parameter's value as short as it goes: 128, 3x3, 0.5."""
    if name in _WINDOWS and isinstance(value, int):
        return f"{value}{TIMES}{value}"
    if isinstance(value, tuple | list):
        return TIMES.join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def telling_text(choice: Choice, entry: Entry | None) -> str:
    """The parameters that matter most, at most two, a window's size first: "128", "3x3, 32"."""
    if entry is None:
        return ""
    telling = sorted(_telling(choice, entry), key=lambda parameter: parameter.name not in _WINDOWS)
    return ", ".join(_given(choice, parameter) for parameter in telling[:2])


def _telling(choice: Choice, entry: Entry) -> list[Parameter]:
    """Those that had to be chosen, else those that were."""
    free = [parameter for parameter in entry.parameters if not parameter.inferred]
    if required := [parameter for parameter in free if parameter.required]:
        return required
    if entry.family in _TELLING_FAMILIES:
        return free[:1]
    return [
        parameter for parameter in free if parameter.name in choice.parameters and parameter.type != "bool"
    ]


def _given(choice: Choice, parameter: Parameter) -> str:
    if parameter.name in choice.parameters:
        return value_text(parameter.name, choice.parameters[parameter.name])
    return "?" if parameter.required else value_text(parameter.name, parameter.default)
