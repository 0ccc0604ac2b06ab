"""In-place methods as functions: `relu_(x)` is `x.relu_()`."""

from __future__ import annotations

from typing import Any

from gradloom.tensor import Tensor


def __getattr__(name: str) -> Any:
    """The method of that name, which takes the tensor as its first argument."""
    return getattr(Tensor, name)
