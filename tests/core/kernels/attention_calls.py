"""Calls of compiled attention: one head and many, masks of all kinds, rows that are not side by side."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from tests.core.kernels.compiled_calls import Call, normal, with_a_hole

from gradloom.kernels.attention import Masks, attend

SHAPES = [(1, 1, 1, 1, 1), (5, 3, 2, 2, 4), (2, 3, 70, 90, 17), (16, 4, 64, 64, 32), (1, 2, 300, 300, 8)]
"""Sequences, heads, queries, keys and the size of each."""


def _masks(kind: str, batch: tuple[int, ...], steps: int, keys: int) -> Masks:
    if kind == "bias":
        bias = np.where(normal(batch[0], 1, steps, keys) > 1, np.float32(-np.inf), normal(steps, keys))
        bias[0, 0, 0] = -np.inf
        return Masks(bias, False, None)
    keep = (normal(*batch, steps, keys) > 0) * np.float32(2) if kind == "dropout" else None
    return Masks(None, kind == "causal", keep)


def _given(shape: tuple[int, ...], kind: str, packed: bool) -> tuple[Any, ...]:
    *batch, steps, keys, size = shape
    made = [normal(*batch, each, size, seed=at) for at, each in enumerate((steps, keys, keys))]
    if packed and steps == keys:
        together = np.stack(made).transpose(1, 3, 0, 2, 4).copy()
        made = list(together.transpose(2, 0, 3, 1, 4))
    return *made, _masks(kind, tuple(batch), steps, keys), 0.3


def _back(shape: tuple[int, ...], kind: str, packed: bool, value: float = 1.0) -> tuple[Any, ...]:
    *given, masks, scale = _given(shape, kind, packed)
    out, *sums = attend(*given, masks, scale)
    grad = with_a_hole(normal(*out.shape, seed=3), value)
    return grad, *given, masks, *sums, scale, kind == "bias"


def _calls(make: Any) -> list[Call]:
    kinds = [("plain", False), ("causal", True), ("bias", False), ("dropout", True), ("causal", False)]
    return [
        Call(lambda shape=shape, kind=kind: make(shape, *kind), 1e-4, 1e-5)
        for shape in SHAPES
        for kind in kinds
    ]


def _with(place: int, value: float) -> tuple[Any, ...]:
    given = _given((2, 2, 70, 70, 3), "causal", False)
    with_a_hole(given[place], value)
    return given


ATTENTION_CALLS: dict[str, list[Call]] = {
    "attention.attend": [
        *_calls(_given),
        *(Call(partial(_with, at, value), 1e-4, 1e-5) for at in range(3) for value in (np.nan, np.inf)),
    ],
    "attention.attend_backward": [
        *_calls(_back),
        Call(lambda: _back((2, 2, 70, 70, 3), "causal", False, np.inf), 1e-4, 1e-5),
    ],
}
"""By "module.function"."""
