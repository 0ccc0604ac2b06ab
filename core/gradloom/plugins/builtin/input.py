"""Where the data come into a graph."""

from __future__ import annotations

from gradloom import nn
from gradloom.tensor import Tensor


class Input(nn.Module):
    """The samples of the data set, batch by batch.

    Args:
        field: which of the data set's inputs; x is all of it.
    """

    def __init__(self, field: str = "x") -> None:
        super().__init__()
        self.field = field

    def forward(self, **fields: Tensor) -> Tensor:
        """One field of a batch; fields come by name, so a graph offers no port for them."""
        return fields[self.field]

    def extra_repr(self) -> str:
        return f"field={self.field!r}"
