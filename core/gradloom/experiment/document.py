"""The experiment as data: what a `.loom.toml` file holds, frozen, validated, and free of code.

A document names catalogue keys only. It never holds an import path, a pickle or an expression, and an unknown
key is kept as it stands, so that a file survives a missing plugin unchanged.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

FORMAT = 1

MOST_NODES = 10_000
FARTHEST = 1_000_000.0

Scalar: TypeAlias = bool | int | float | str
Value: TypeAlias = Scalar | tuple[Scalar, ...]


def _word(text: str) -> str:
    if not text.isidentifier():
        raise ValueError("it must be a word of letters, digits and underscores, not starting with a digit")
    return text


def _is_nan(value: Value) -> bool:
    numbers = value if isinstance(value, tuple) else (value,)
    return any(isinstance(number, float) and math.isnan(number) for number in numbers)


def _port(text: str) -> str:
    return text and _word(text)


NodeId = Annotated[str, AfterValidator(_word)]
Position = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False)]
Threshold = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    """A frozen part of a document; a field's description says what would be right, to end an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Choice(_Part):
    """One thing chosen from the catalogue, with the parameters that differ from its defaults."""

    kind: str = Field(min_length=1, description="a name from the catalogue, in quotes")
    parameters: dict[str, Value] = {}

    @model_validator(mode="after")
    def _has_no_second_kind(self) -> Self:
        if "kind" in self.parameters:
            raise ValueError("a parameter cannot be called 'kind'")
        if any(_is_nan(value) for value in self.parameters.values()):
            raise ValueError("a parameter cannot be NaN")
        return self


class Wire(_Part):
    """A connection from a node's output to an input port of another node.

    An empty port means the target's first (or only) input.
    """

    source: NodeId
    target: NodeId
    port: Annotated[str, AfterValidator(_port)] = ""

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}" + (f".{self.port}" if self.port else "")


class DataSettings(_Part):
    """Which data set, how it is split and scaled.

    `validation` is the share of rows kept for validation; None takes the rows that the data set itself holds
    out, or 20%.
    """

    source: Choice = Choice(kind="mnist5k")
    validation: float | None = Field(
        default=None, gt=0, lt=1, description="a number between 0 and 1, such as 0.2"
    )
    normalize: Literal["none", "unit", "standard"] = Field(
        default="standard", description='"none", "unit" or "standard"'
    )
    split_seed: int = Field(default=0, ge=0, lt=2**32, description="a whole number from 0 to 4,294,967,295")
    transforms: tuple[Choice, ...] = ()

    @model_validator(mode="after")
    def _keeps_its_own_keys(self) -> Self:
        taken = sorted((type(self).model_fields.keys() - {"source"}) & self.source.parameters.keys())
        if taken:
            raise ValueError(f"a data set's parameter cannot be called '{taken[0]}'")
        return self


class TrainingSettings(_Part):
    """How long and in which steps to train."""

    epochs: int = Field(
        default=10, ge=1, le=1_000_000, description="a whole number of at least 1 and at most 1,000,000"
    )
    batch_size: int = Field(
        default=64, ge=1, le=1_000_000, description="a whole number of at least 1 and at most 1,000,000"
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="a whole number from 0 to 4,294,967,295")


class Bound(_Part):
    """What a measured value must reach for `gradloom test` to pass: at least `min`, at most `max`."""

    min: Threshold | None = Field(default=None, description="a number")
    max: Threshold | None = Field(default=None, description="a number")


class Document(_Part):
    """A whole experiment: data, graph, loss, optimizer, training settings and expectations.

    The graph's nodes are layers and exactly one loss; `layout` holds canvas positions, apart from the nodes,
    so that moving a node never touches the line that defines it.
    """

    format: int = Field(default=FORMAT, ge=FORMAT, le=FORMAT, description=f"{FORMAT}")
    name: str = Field(default="Untitled", description="a text in quotes")
    notes: str = Field(default="", description="a text in quotes")
    data: DataSettings = DataSettings()
    nodes: dict[NodeId, Choice] = Field(
        default={}, max_length=MOST_NODES, description=f"a table of at most {MOST_NODES:,} nodes"
    )
    wires: tuple[Wire, ...] = ()
    layout: dict[NodeId, tuple[Position, Position]] = {}
    optimizer: Choice = Choice(kind="SGD", parameters={"lr": 0.01})
    schedule: Choice | None = None
    metrics: tuple[str, ...] = Field(default=(), description='a list of names, such as ["accuracy"]')
    training: TrainingSettings = TrainingSettings()
    expect: dict[str, Bound] = {}
