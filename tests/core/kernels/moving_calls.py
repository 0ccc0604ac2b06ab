"""Calls of the kernels that copy, that look rows up, and that sum along dimensions or by place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tests.core.kernels.compiled_calls import Call, normal

Shape = tuple[int, ...]

_PERMUTED: list[tuple[Shape, Shape]] = [
    ((5,), (0,)),
    ((70, 65), (1, 0)),
    ((3, 130), (1, 0)),
    ((1024, 700), (1, 0)),
    ((6, 5, 4, 9), (0, 2, 3, 1)),
    ((6, 5, 4, 9), (0, 3, 1, 2)),
    ((6, 5, 4, 9), (0, 2, 1, 3)),
    ((6, 5, 4, 17), (2, 1, 0, 3)),
    ((6, 5, 4, 9), (3, 2, 1, 0)),
    ((64, 16, 32, 32), (0, 2, 1, 3)),
    ((2, 3, 4, 5, 6), (4, 2, 0, 3, 1)),
    ((2, 1, 4, 1, 6), (4, 2, 0, 3, 1)),
    ((600, 1000), (0, 1)),
    ((0, 3), (1, 0)),
]
_REPEATED: list[tuple[Shape, Shape]] = [
    ((1,), (7,)),
    ((1, 1), (1024, 2048)),
    ((1, 33), (65, 33)),
    ((33, 1), (33, 65)),
    ((1, 16, 1), (8, 16, 64)),
    ((8, 1, 64), (8, 16, 64)),
    ((1, 16, 1, 65), (8, 16, 4, 65)),
    ((8, 1, 16, 1), (8, 16, 16, 16)),
    ((1, 2048), (1024, 2048)),
]
_SUMMED: list[tuple[Shape, Shape, bool]] = [
    ((1500,), (0,), False),
    ((200_001,), (0,), True),
    ((4_000_000,), (0,), False),
    ((37, 65), (0,), False),
    ((37, 65), (1,), True),
    ((70, 300), (0, 1), False),
    ((300, 9, 300), (0, 2), False),
    ((8, 16, 20, 20), (0, 2, 3), True),
    ((8, 16, 20, 20), (1,), False),
    ((3, 5, 7, 9, 4), (0, 2, 4), False),
    ((1, 3, 1, 5), (0, 2), False),
    ((0, 3), (0,), False),
]


def _infinite(*shape: int) -> Any:
    values = normal(*shape)
    values.flat[::97] = np.inf
    values.flat[::501] = np.nan
    return values


_TABLES = [(0, 5, 4), (64, 65, 128), (9, 3, 1), (500, 7, 13), (8192, 1000, 128), (6, 9, 0)]
"""How many numbers, of how many rows, and how long these are."""


_CHOICES: list[Callable[[Shape], tuple[Any, Any]]] = [
    lambda shape: (_infinite(*shape), np.asarray(normal(*shape, seed=1))),
    lambda shape: (np.asarray(normal(*shape)), 0),
    lambda shape: (np.float32(-np.inf), np.asarray(normal(*shape))),
]


def _numbers(sizes: tuple[int, int, int]) -> Any:
    return np.random.default_rng(1).integers(0, sizes[1], sizes[0])


_JOINED = [
    (0, [(7, 20), (1, 20), (0, 20)]),
    (1, [(3, 17, 2), (3, 100, 2)]),
    (2, [(2, 3, 400, 5), (2, 3, 400, 5), (2, 3, 1, 5)]),
    (0, [(600, 500), (601, 500)]),
    (1, [(700, 300), (700, 401)]),
]

_BROADCAST: list[tuple[Shape, Shape]] = [
    ((300, 7), (7,)),
    ((7,), (300, 7)),
    ((300, 7), (300, 1)),
    ((300, 1), (1, 7)),
    ((2, 3000), (2, 1)),
    ((4, 5, 6, 7), (5, 1, 1)),
    ((4, 5, 1), (4, 1, 7)),
    ((400, 500), (500,)),
    ((1, 1), (3, 4)),
]

MOVING_CALLS: dict[str, list[Call]] = {
    "adding.rows_at": [
        Call(
            lambda s=sizes: (
                normal(s[1], s[2]),
                _numbers(s),
            ),
            0,
            0,
        )
        for sizes in _TABLES
    ],
    "adding.sums_by_place": [
        Call(lambda s=sizes: (normal(s[0], s[2]), _numbers(s), s[1]), 1e-5, 1e-4) for sizes in _TABLES
    ],
    "copying.row_major": [
        *(Call(lambda s=shape, o=order: (normal(*s).transpose(o),), 0, 0) for shape, order in _PERMUTED),
        *(Call(lambda o=once, s=shape: (np.broadcast_to(normal(*o), s),), 0, 0) for once, shape in _REPEATED),
    ],
    "copying.joined": [
        Call(lambda s=shapes, a=axis: ([normal(*each, seed=at) for at, each in enumerate(s)], a), 0, 0)
        for axis, shapes in _JOINED
    ],
    "pairing.some_combined": [
        Call(lambda f=function, s=shape: (f, normal(*s), _infinite(*s)), 0, 0)
        for function in (np.add, np.subtract, np.multiply, np.true_divide)
        for shape in [(0, 3), (1,), (7, 65), (600, 1000)]
    ]
    + [
        Call(lambda f=function, o=one, t=other: (f, normal(*o), normal(*t, seed=1)), 0, 0)
        for function in (np.add, np.subtract, np.multiply, np.true_divide)
        for one, other in _BROADCAST
    ],
    "pairing.chosen": [
        Call(lambda s=shape, v=values: (normal(*s) > 0.3, *v(s)), 0, 0)
        for shape in [(0, 3), (7, 65), (600, 1000)]
        for values in _CHOICES
    ],
    "summing.sum_over": [
        # Sums of numbers that nearly cancel, whose order is not NumPy's.
        Call(lambda s=shape, a=axes, k=kept, make=make: (make(*s), a, k), 1e-4, 1e-3)
        for make in (normal, _infinite)
        for shape, axes, kept in _SUMMED
    ],
}
"""By "module.function"."""
