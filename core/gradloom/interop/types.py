"""How types name themselves while a script runs: `<class 'torch.Tensor'>`, as `print(type(x))` shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Number
from typing import Any

from gradloom.device import device
from gradloom.dtypes import dtype
from gradloom.nn.parameter import Parameter
from gradloom.random import Generator
from gradloom.size import Size
from gradloom.tensor import Tensor

__all__ = ["Device", "Number"]

Device = device | str | int | None

_SHOWN: dict[type[Any], str] = {
    Tensor: "torch", Size: "torch", dtype: "torch", device: "torch", Generator: "torch._C",
    Parameter: "torch.nn.parameter",
}  # fmt: skip


@contextmanager
def as_pytorch_shows_them() -> Iterator[None]:
    """Within the block these types name PyTorch's module as theirs."""
    before = {kind: kind.__module__ for kind in _SHOWN}
    try:
        for kind, module in _SHOWN.items():
            kind.__module__ = module
        yield
    finally:
        for kind, module in before.items():
            kind.__module__ = module
