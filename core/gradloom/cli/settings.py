"""Parameters as they are typed in a terminal: name=value."""

from __future__ import annotations

from collections.abc import Sequence

from gradloom.plugins import Entry, Parameter, problem_with

_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def parse_settings(entry: Entry, words: Sequence[str]) -> dict[str, object]:
    """The parameters in words such as "samples=200" or "kernel=3,5".

    Raises:
        ValueError: no "=", an unknown name, or a value that the parameter does not allow.
    """
    chosen: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        parameter = entry.parameter(name)
        if not equals or parameter is None:
            known = ", ".join(parameter.name for parameter in entry.parameters) or "none"
            raise ValueError(
                f"{word} sets no parameter of {entry.key}; write name=value, with one of: {known}."
            )
        chosen[name] = value = _value(parameter, text)
        if problem := problem_with(parameter, value):
            raise ValueError(problem)
    return chosen


def _value(parameter: Parameter, text: str) -> object:
    """The text as the parameter's type, or the text itself where it is none of that type."""
    match parameter.type:
        case "bool":
            return _WORDS.get(text.lower(), text)
        case "int" | "float":
            return _number(text)
        case "ints" | "floats":
            parts = [_number(part) for part in text.split(",")]
            return tuple(parts) if len(parts) > 1 else parts[0]
        case _:
            return text


def _number(text: str) -> object:
    for type_ in (int, float):
        try:
            return type_(text)
        except ValueError:
            continue
    return text
