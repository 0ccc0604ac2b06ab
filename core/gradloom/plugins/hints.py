"""From a type hint to the kind of field that a form shows for it."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final, Literal, Union, get_args, get_origin

from gradloom.plugins.catalogue import ParameterType

NUMBERS: Final = ("floats", "ints", "float", "int")
"""The types whose values can have a range."""

_BY_GENERALITY: Final[tuple[ParameterType, ...]] = (*NUMBERS, "bool", "folder", "file", "choice", "str")

_SIMPLE: dict[Any, ParameterType] = {bool: "bool", int: "int", float: "float", str: "str"}


@dataclass(frozen=True)
class Form:
    """A field: its type, words to choose from or to put in place of a number, and whether None is allowed."""

    type: ParameterType
    choices: tuple[str, ...]
    optional: bool


def form_of(hint: Any, name: str) -> Form | None:
    """The field for a parameter of this type and name, or None where no form can edit it.

    In a union the most general part wins: several numbers before one, numbers before words.

    >>> form_of(int | tuple[int, int] | Literal["same"], "padding")
    Form(type='ints', choices=('same',), optional=False)
    """
    parts = _alternatives(hint)
    found = {_type_of(part, name) for part in parts if part is not type(None)}
    words = tuple(word for part in parts if get_origin(part) is Literal for word in get_args(part))
    for type_ in _BY_GENERALITY:
        if type_ in found:
            several = type_ == "ints" and "float" in found
            return Form("floats" if several else type_, words, type(None) in parts)
    return None


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """The members of a union, or the hint itself; a `type` alias stands for its value."""
    hint = getattr(hint, "__value__", hint)
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(part for member in get_args(hint) for part in _alternatives(member))
    return (hint,)


def _type_of(hint: Any, name: str) -> ParameterType | None:
    hint = getattr(hint, "__supertype__", hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return "choice" if all(isinstance(word, str) for word in arguments) else None
    if origin in (tuple, list, Sequence):
        members = {_SIMPLE.get(member) for member in arguments if member is not Ellipsis}
        if members == {"int"}:
            return "ints"
        return "floats" if members and members <= {"int", "float"} else None
    if not isinstance(hint, type):
        return None
    if issubclass(hint, PurePath):
        return "folder" if name.endswith(("folder", "directory")) else "file"
    return _SIMPLE.get(hint)
