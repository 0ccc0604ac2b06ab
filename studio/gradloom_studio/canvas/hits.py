"""What a point of the canvas belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gradloom.experiment.document import Wire


@dataclass(frozen=True)
class PortHit:
    """A port: an input by its index, or the output where `index` is None."""

    node: str
    index: int | None = None

    @property
    def is_output(self) -> bool:
        return self.index is None


@dataclass(frozen=True)
class FixHit:
    """A button that mends a node's problem."""

    node: str
    index: int


@dataclass(frozen=True)
class NodeHit:
    """A node's box."""

    node: str


@dataclass(frozen=True)
class WireHit:
    """A wire's curve."""

    wire: Wire


Hit: TypeAlias = PortHit | FixHit | NodeHit | WireHit
