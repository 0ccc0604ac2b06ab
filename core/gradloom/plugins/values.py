"""Whether a value suits a parameter: one rule for files, forms and the terminal."""

from __future__ import annotations

import math

from gradloom.plugins.catalogue import Parameter
from gradloom.plugins.ranges import Range

_NOUNS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "ints": "a whole number or a list of them",
    "floats": "a number or a list of them",
    "file": "the path of a file",
    "folder": "the path of a folder",
}


def problem_with(parameter: Parameter, value: object) -> str | None:
    """Why a value is not allowed, as a sentence, or None where it is.

    >>> problem_with(Parameter("lr", "float", minimum=0), -1)
    'lr must be a number >= 0, not -1.'
    """
    if value is None and parameter.optional:
        return None
    if isinstance(value, str) and value in parameter.choices:
        return None
    if _has_type(parameter, value) and all(_in_range(parameter, part) for part in _parts(value)):
        return None
    return f"{parameter.name} must be {expectation(parameter)}, not {_written(value)}."


def expectation(parameter: Parameter) -> str:
    """What would be right, in words: "a whole number >= 1", "one of soft, hard"."""
    if parameter.type == "choice":
        return f"one of {', '.join(parameter.choices)}"
    words = [_NOUNS[parameter.type] + _range_text(parameter), *parameter.choices]
    return " or ".join(words)


def _has_type(parameter: Parameter, value: object) -> bool:
    match parameter.type:
        case "bool":
            return isinstance(value, bool)
        case "int" | "float":
            return _is_number(value, parameter.type)
        case "ints" | "floats":
            parts = _parts(value)
            return bool(parts) and all(_is_number(part, parameter.type[:-1]) for part in parts)
        case "choice":
            return False
        case "file" | "folder":
            return isinstance(value, str) and value != ""
        case _:
            return isinstance(value, str)


def _parts(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _is_number(value: object, type_: str) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (type_ == "float" and isinstance(value, float) and not math.isnan(value))


def _in_range(parameter: Parameter, value: object) -> bool:
    allowed = Range(
        parameter.minimum, parameter.maximum, parameter.exclusive_minimum, parameter.exclusive_maximum
    )
    return not isinstance(value, int | float) or allowed.contains(value)


def _range_text(parameter: Parameter) -> str:
    low, high = parameter.minimum, parameter.maximum
    if (
        low is not None
        and high is not None
        and not (parameter.exclusive_minimum or parameter.exclusive_maximum)
    ):
        return f" from {_number(low)} to {_number(high)}"
    bounds = []
    if low is not None:
        bounds.append(f"{'>' if parameter.exclusive_minimum else '>='} {_number(low)}")
    if high is not None:
        bounds.append(f"{'<' if parameter.exclusive_maximum else '<='} {_number(high)}")
    return " " + " and ".join(bounds) if bounds else ""


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _written(value: object) -> str:
    """A value as a file would have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(_written(part) for part in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
