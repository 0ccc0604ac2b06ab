"""Parameter: a tensor that a module trains."""

from __future__ import annotations

from gradloom.creation import empty
from gradloom.tensor import Tensor, fill


class Parameter(Tensor):
    """A tensor that registers itself with the module it is assigned to, and requires gradients.

    Example:
        >>> self.scale = nn.Parameter(gradloom.ones(3))
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        fill(self, (empty(0) if data is None else data).array)
        self.requires_grad = requires_grad

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"
