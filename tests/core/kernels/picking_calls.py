"""Calls of the kernels that pick, that cast, and that run along a dimension."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.core.kernels.compiled_calls import Call, normal

Shape = tuple[int, ...]


def _with_ends(*shape: int) -> Any:
    """Few numbers, many of them equal, with infinities, nan and both zeros."""
    values = np.round(normal(*shape))
    values.flat[::17], values.flat[5::29] = -0.0, np.inf
    values.flat[7::31], values.flat[11::37] = -np.inf, np.nan
    return values


_ALONG: list[tuple[Shape, int]] = [
    *(((600,), 0), ((9, 70), 0), ((9, 70), 1), ((3, 50, 7), 1), ((3, 5, 300), 2)),
    *(((70, 1), 0), ((2, 3, 300), 1), ((1, 700), 1), ((0, 4), 1), ((700, 300), 0), ((300, 700), 1)),
]


def _places(shape: Shape, at: int, count: int) -> Any:
    asked = (*shape[:at], count, *shape[at + 1 :])
    return np.random.default_rng(1).integers(0, shape[at], asked)


def _numbers(dtype: Any) -> Any:
    """All of a half's numbers, without nan, whose bits are any."""
    values = np.arange(2**16, dtype=np.uint16).view(dtype)
    with np.errstate(invalid="ignore"):
        return values[~np.isnan(values)]


def _between_halves(dtype: Any) -> Any:
    """All of its numbers, what lies in the middle between two, and what is a little to its sides."""
    values = np.sort(_numbers(dtype).astype(np.float32))
    middle = values[1:-2] / 2 + values[2:-1] / 2
    sides = [np.nextafter(middle, np.float32(end)) for end in (-np.inf, np.inf)]
    return np.concatenate([values, middle, *sides, np.float32([1e38, -1e38, 1e-45])])


def _halves() -> list[Any]:
    from ml_dtypes import bfloat16

    return [np.dtype(np.float16), np.dtype(bfloat16)]


PICKING_CALLS: dict[str, list[Call]] = {
    "scanning.running": [
        Call(lambda f=function, s=shape, a=at, m=make: (f, m(*s), a), 1e-6, 1e-6)
        for function in (np.add, np.multiply)
        for shape, at in _ALONG
        for make in (normal, _with_ends)
    ],
    "picking.picked": [
        Call(lambda s=shape, a=at, c=count: (normal(*s), _places(s, a, c), a), 0, 0)
        for shape, at in _ALONG
        for count in (1, 70)
        if shape[at]
    ],
    "picking.add_to_picked": [
        Call(
            lambda s=shape, a=at: (
                normal(*s),
                _places(s, a, 70),
                normal(*_places(s, a, 70).shape, seed=2),
                a,
            ),
            1e-5,
            1e-5,
        )
        for shape, at in _ALONG
    ],
    "picking.first_in_order": [
        Call(lambda s=shape, c=count, u=up, m=make: (m(*s), c, u), 0, 0)
        for shape, count in [
            ((5, 1), 1),
            ((5, 7), 7),
            ((9, 300), 5),
            ((3, 5000), 256),
            ((300, 700), 1),
            ((0, 7), 2),
        ]
        for up in (True, False)
        for make in (normal, _with_ends)
    ],
    "casting.converted": [
        *(Call(lambda d=dtype: (_numbers(d), np.dtype(np.float32)), 0, 0) for dtype in _halves()),
        *(Call(lambda d=dtype: (_between_halves(d), d), 0, 0) for dtype in _halves()),
        *(Call(lambda d=dtype: (_with_ends(300, 700), d), 0, 0) for dtype in _halves()),
    ],
}
"""By "module.function"."""
