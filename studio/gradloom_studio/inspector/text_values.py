"""Values as a person types them, and back."""

from __future__ import annotations

from gradloom.experiment.document import Value
from gradloom.plugins.catalogue import Parameter
from gradloom.plugins.values import expectation, problem_with


class TypingError(ValueError):
    """The text is no value of the parameter; one sentence says what would be right."""


def read(parameter: Parameter, text: str) -> Value:
    """The value that a text stands for.

    Raises:
        TypingError: if the parameter does not take it.

    >>> read(Parameter("kernel_size", "ints"), "3, 5")
    (3, 5)
    """
    value = _value(parameter, text.strip())
    if value is None or problem_with(parameter, value):
        raise TypingError(f"{parameter.name} must be {expectation(parameter)}.")
    return value


def write(value: object) -> str:
    """A value as a person would type it.

    >>> write((3, 5)), write(1e-08), write(0.01)
    ('3, 5', '1e-08', '0.01')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(write(part) for part in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _value(parameter: Parameter, text: str) -> Value | None:
    if text in parameter.choices:
        return text
    match parameter.type:
        case "int":
            return _whole(text)
        case "float":
            return _number(text)
        case "ints" | "floats":
            convert = _whole if parameter.type == "ints" else _number
            parts = [convert(part) for part in text.strip("()[] ").replace(",", " ").split()]
            numbers = tuple(part for part in parts if part is not None)
            if not parts or len(numbers) < len(parts):
                return None
            return numbers[0] if len(numbers) == 1 else numbers
        case _:
            return text


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        number = _number(text)
        return int(number) if number is not None and number.is_integer() else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
