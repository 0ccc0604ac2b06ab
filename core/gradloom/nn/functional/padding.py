"""Padding as a function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.ops.joining import constant_pad
from gradloom.tensor import Tensor, wrap

_NUMPY_MODES: dict[str, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Enlarge the last dimensions: `pad` is (before, after) of the last, then of the one before, and so on.

    Modes: "constant" fills with `value` (zero by default; negative sizes crop), "reflect" mirrors without
    repeating the edge, "replicate" repeats the edge, "circular" goes on at the other end.

    Raises:
        RuntimeError: an odd number of sizes, or more of them than there are dimensions.
    """
    if len(pad) % 2 or len(pad) // 2 > input.ndim:
        raise RuntimeError(
            f"Padding length should be even and at most twice the input's {input.ndim} dimensions, "
            f"but got {len(pad)} sizes"
        )
    if mode == "constant":
        return constant_pad(input, tuple(pad), 0.0 if value is None else value)
    if mode not in _NUMPY_MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    padded = input
    sides = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    for dim, (before, after) in enumerate(sides, start=input.ndim - len(sides)):
        _check(mode, before, after, input.shape[dim], dim)
        positions = np.pad(np.arange(input.shape[dim]), (before, after), _NUMPY_MODES[mode])
        padded = padded.index_select(dim, wrap(positions))
    return padded


def _check(mode: str, before: int, after: int, size: int, dim: int) -> None:
    limit = size - 1 if mode == "reflect" else size
    if mode != "replicate" and max(before, after) > limit:
        raise RuntimeError(
            f"Padding size should be less than the corresponding input dimension, but got: padding "
            f"({before}, {after}) at dimension {dim} of size {size}"
        )
