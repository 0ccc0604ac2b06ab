"""Calls of the kernels that draw random numbers, with sizes that end before, at and behind a twist."""

from __future__ import annotations

import numpy as np
from tests.core.kernels.compiled_calls import Call

from gradloom.kernels.twister import Twister


def _after(used: int) -> Twister:
    twister = Twister.seeded(7)
    twister.generator.random_raw(used)
    return twister


def _draws(*details: object, counts: tuple[int, ...] = (0, 1, 623, 624, 625, 9001)) -> list[Call]:
    return [
        Call(lambda count=count, used=used: (_after(used), count, *details), 0, 0)
        for count in counts
        for used in (0, 1, 623)
    ]


def _blocks(count: int) -> Call:
    unit = np.random.default_rng(0).random(16 * count, np.float32)
    unit[:2] = 0
    # Where the radius is small its logarithm cancels.
    return Call(lambda: (unit, np.empty_like(unit)), 1e-5, 2e-6)


DRAWING_CALLS: dict[str, list[Call]] = {
    "drawing.words": _draws(),
    "drawing.words64": _draws(),
    "drawing.floats": _draws(),
    "drawing.doubles": _draws(),
    "drawing.hits": _draws(0.3, 2.5),
    "drawing.integers": _draws(-3, 10) + _draws(5, 2**28 - 1) + _draws(0, 2**40),
    "drawing.order": _draws(),
    "drawing.normal_pairs": _draws(),
    "drawing.normal_blocks": [_blocks(count) for count in (0, 1, 63, 64, 65, 8000)],
}
"""By "module.function"."""
