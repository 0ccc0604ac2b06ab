"""What all optimizers ask of their settings, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.tensor import Tensor


def check_rate(lr: Any) -> None:
    """ValueError unless the learning rate is one number, >= 0."""
    check_one_element(lr)
    if not lr >= 0.0:
        raise ValueError(f"Invalid learning rate: {lr}")


def check_one_element(lr: Any) -> None:
    """ValueError if the learning rate is a tensor of several elements."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")


def check_not_negative(**values: Any) -> None:
    """ValueError for the first value that is not >= 0; `epsilon=-1` reads "Invalid epsilon value: -1"."""
    for words, value in values.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {words} value: {value}")


def check_betas(betas: Sequence[Any]) -> None:
    """ValueError unless both shares lie in [0, 1)."""
    for i, beta in enumerate(betas[:2]):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_fused(fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
    """RuntimeError if ways of computing are asked for that exclude each other."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def check_singly(name: str, value: Any, singly: bool) -> None:
    """ValueError if a tensor is given where PyTorch moves all parameters at once."""
    if isinstance(value, Tensor) and not singly:
        raise ValueError(f"{name} as a Tensor is not supported for capturable=False and foreach=True")


def numbers(group: dict[str, Any]) -> dict[str, Any]:
    """The settings with one-element tensors, such as a tensor `lr`, as plain numbers."""
    odd = {
        key: _number(value) for key, value in group.items() if type(value) not in _PLAIN and not _plain(value)
    }
    return {**group, **odd} if odd else group


_PLAIN = {float, int, bool, str, list, type(None)}


def _plain(value: Any) -> bool:
    return type(value) is tuple and _PLAIN.issuperset(map(type, value))


def _number(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_number, value))
    return value.item() if isinstance(value, Tensor) and value.numel() == 1 else value
