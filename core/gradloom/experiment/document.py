"""The experiment as data: what a `.loom.toml` file holds, frozen, validated, and free of code.

A document names catalogue keys only. It never holds an import path, a pickle or an expression, and an unknown
key is kept as it stands, so that a file survives a missing plugin unchanged.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

FORMAT = 1

Scalar: TypeAlias = bool | int | float | str
Value: TypeAlias = Scalar | tuple[Scalar, ...]


def _node_id(text: str) -> str:
    if not text.isidentifier():
        raise ValueError("a node's id is a word of letters, digits and underscores, not starting with a digit")
    return text


NodeId = Annotated[str, AfterValidator(_node_id)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Choice(_Part):
    """One thing chosen from the catalogue, with the parameters that differ from its defaults."""

    kind: str = Field(min_length=1)
    parameters: dict[str, Value] = {}


class Wire(_Part):
    """A connection from a node's output to an input port of another node.

    An empty port means the target's first (or only) input.
    """

    source: NodeId
    target: NodeId
    port: str = ""


class DataSettings(_Part):
    """Which data set, how it is split and scaled.

    `validation` is the share of rows kept for validation; None takes the data set's own held-out rows, or 20%.
    """

    source: Choice = Choice(kind="mnist5k")
    validation: float | None = Field(default=None, gt=0, lt=1)
    normalize: Literal["none", "unit", "standard"] = "standard"
    split_seed: int = Field(default=0, ge=0, lt=2**32)
    transforms: tuple[Choice, ...] = ()


class TrainingSettings(_Part):
    """How long and in which steps to train."""

    epochs: int = Field(default=10, ge=1, le=1_000_000)
    batch_size: int = Field(default=64, ge=1, le=1_000_000)
    seed: int = Field(default=0, ge=0, lt=2**32)


class Bound(_Part):
    """What a measured value must reach for `gradloom test` to pass: at least `min`, at most `max`."""

    min: float | None = None
    max: float | None = None


class Document(_Part):
    """A whole experiment: data, graph, loss, optimizer, training settings and expectations.

    The graph's nodes are layers and exactly one loss; `layout` holds canvas positions, apart from the nodes, so
    that moving a node never touches the line that defines it.
    """

    format: int = FORMAT
    name: str = "Untitled"
    notes: str = ""
    data: DataSettings = DataSettings()
    nodes: dict[NodeId, Choice] = {}
    wires: tuple[Wire, ...] = ()
    layout: dict[NodeId, tuple[float, float]] = {}
    optimizer: Choice = Choice(kind="SGD", parameters={"lr": 0.01})
    schedule: Choice | None = None
    metrics: tuple[str, ...] = ()
    training: TrainingSettings = TrainingSettings()
    expect: dict[str, Bound] = {}
