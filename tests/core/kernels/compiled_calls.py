"""Calls that every compiled kernel is compared on with its NumPy reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = Any


class Call(NamedTuple):
    """Arguments, made anew each time, and how far results may be apart."""

    arguments: Callable[[], Sequence[Any]]
    rtol: float = 1e-5
    atol: float = 1e-6


def normal(*shape: int, scale: float = 1.0, seed: int = 0) -> Array:
    """Normally distributed float32."""
    return (scale * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


CALLS: dict[str, list[Call]] = {}
"""By "module.function"."""
