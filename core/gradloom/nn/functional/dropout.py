"""Dropout as functions: values set to zero at random, the others scaled up so that the mean stays."""

from __future__ import annotations

from typing import Any

from gradloom import random
from gradloom.creation import empty
from gradloom.tensor import Tensor


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set each value to zero with probability `p`; ValueError for p outside [0, 1]."""
    return _dropped(input, input.array.shape, p, training, inplace)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set whole channels of (n, c, length) to zero."""
    return _dropped(input, _per_channel(input, 1), p, training, inplace)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set whole channels of (n, c, h, w) to zero."""
    return _dropped(input, _per_channel(input, 2), p, training, inplace)


def _per_channel(input: Tensor, spatial: int) -> tuple[int, ...]:
    shape = input.array.shape
    if len(shape) < 2 + spatial:
        return (*shape[: len(shape) - spatial], *(1,) * spatial)
    return (*shape[:2], *(1,) * (len(shape) - 2))


def _dropped(input: Tensor, shape: tuple[int, ...], p: float, training: bool, inplace: bool) -> Tensor:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    noise: Any = random.bernoulli_(empty(shape, dtype=input.dtype), 1 - p)
    if p < 1:
        noise.array /= 1 - p
    return input.mul_(noise) if inplace else input * noise
