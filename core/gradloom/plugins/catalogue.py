"""The catalogue: every layer, loss, optimizer, schedule, metric, data set and transform there is, described.

The inspector's form, the palette's card, the terminal's help and the validation of a document all come from
these descriptions, which are read from a class's (or function's) signature and docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias


class Kind(StrEnum):
    """What an entry is for."""

    LAYER = "layer"
    LOSS = "loss"
    OPTIMIZER = "optimizer"
    SCHEDULE = "schedule"
    METRIC = "metric"
    DATASET = "dataset"
    TRANSFORM = "transform"


class Required:
    """The default of a parameter that must be given."""

    def __repr__(self) -> str:
        return "required"


REQUIRED: Final = Required()

ParameterType: TypeAlias = Literal[
    "int", "float", "bool", "str", "choice", "ints", "floats", "file", "folder"
]


@dataclass(frozen=True)
class Parameter:
    """One setting of an entry, as a form needs it.

    `ints` and `floats` are one number or a tuple of numbers (a kernel of 3 or of (3, 5)); their `choices`, if
    any, are words that may stand instead. `optional` allows None. `inferred` marks a parameter that follows
    from the wire, such as in_features.
    """

    name: str
    type: ParameterType
    default: object = REQUIRED
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    inferred: bool = False
    help: str = ""

    @property
    def required(self) -> bool:
        return isinstance(self.default, Required)


@dataclass(frozen=True)
class Port:
    """An input of a node. A `variadic` port takes any number of wires, an `optional` one may stay empty."""

    name: str
    optional: bool = False
    variadic: bool = False


@dataclass(frozen=True)
class Entry:
    """One thing that can be chosen, with everything a form, a card or a help page shows.

    `family` groups and colours it: data, layer, convolution, pooling, activation, normalization,
    regularization, merge, shape, loss, or its kind. `plugin` is "gradloom" for built-in entries. A `rare` one
    stands behind the others of its family.
    """

    key: str
    kind: Kind
    factory: Callable[..., Any]
    summary: str
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[Port, ...] = ()
    family: str = ""
    plugin: str = "gradloom"
    help: str = ""
    rare: bool = False

    @property
    def name(self) -> str:
        """The key without the plugin's prefix: what a card shows."""
        return self.key.rpartition(".")[2]

    def parameter(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


class Catalogue(Mapping[str, Entry]):
    """All entries by key, in the order in which they came."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, kind: Kind) -> tuple[Entry, ...]:
        """The entries of one kind, in order."""
        return tuple(entry for entry in self._entries.values() if entry.kind is kind)
