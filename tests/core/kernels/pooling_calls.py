"""Calls of the pooling kernels: windows that overlap, leave gaps, stand side by side, reach into padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tests.core.kernels.compiled_calls import Call, normal

from gradloom.kernels.pooling import maxima
from gradloom.kernels.windows import Geometry

Images = Callable[[], Any]

_WINDOWS: list[tuple[Geometry, tuple[int, ...]]] = [
    (Geometry((2, 2), (2, 2)), (6, 8)),
    (Geometry((2, 2), (2, 2)), (7, 5)),
    (Geometry((4, 3), (4, 3)), (9, 11)),
    (Geometry((3, 3), (2, 2), ((1, 1), (1, 1))), (9, 8)),
    (Geometry((3, 2), (1, 1), ((1, 0), (0, 1))), (5, 6)),
    (Geometry((2, 3), (3, 4), ((1, 1), (1, 1)), (2, 2)), (11, 13)),
    (Geometry((2, 2), (1, 2), None, (2, 1)), (5, 6)),
    (Geometry((3,), (2,), ((1, 1),)), (9,)),
    (Geometry((2,), (2,)), (8,)),
    # As ceil_mode has it: the last window looks past the end.
    (Geometry((2, 2), (2, 2), ((0, 1), (0, 1))), (7, 5)),
    (Geometry((3, 2), (3, 2), ((0, 2), (0, 0))), (7, 6)),
    (Geometry((1, 1), (2, 2)), (5, 5)),
    (Geometry((3, 3), (1, 1), ((1, 1), (1, 1))), (1, 1)),
]


def _of(*shape: int) -> list[Images]:
    """Images with ties, with infinities and with NaN."""
    rng = np.random.default_rng(0)
    ties = rng.integers(0, 3, shape).astype(np.float32)
    low = np.where(rng.random(shape) < 0.7, -np.inf, ties).astype(np.float32)
    strange = np.where(rng.random(shape) < 0.3, np.nan, ties).astype(np.float32)
    return [lambda: normal(*shape), lambda: ties, lambda: low, lambda: strange]


def _cases(batch: tuple[int, int] = (2, 3)) -> list[tuple[Geometry, tuple[int, ...], Images]]:
    large = (Geometry((2, 2), (2, 2)), (32, 32))
    overlapping = (Geometry((3, 3), (2, 2), ((1, 1), (1, 1))), (32, 32))
    cases = [(each, size, images) for each, size in _WINDOWS for images in _of(*batch, *size)]
    cases += [(each, size, lambda: normal(64, 16, 32, 32)) for each, size in (large, overlapping)]
    return [*cases, (_WINDOWS[0][0], (6, 8), lambda: normal(0, 3, 6, 8))]


def _gradient(images: Any, geometry: Geometry) -> Any:
    return normal(*images.shape[:2], *geometry.output_size(images.shape[2:]), seed=1)


POOLING_CALLS: dict[str, list[Call]] = {
    "pooling.maxima": [
        Call(lambda images=images, each=each: (images(), each), 0, 0) for each, _, images in _cases()
    ],
    "pooling.total": [
        Call(lambda images=images, each=each: (images(), each)) for each, _, images in _cases()
    ],
    "pooling.spread_to_offsets": [
        Call(
            lambda images=images, each=each, size=size: (
                _gradient(images(), each),
                maxima(images(), each)[1],
                size,
                each,
            )
        )
        for each, size, images in _cases()
    ],
    "pooling.spread_evenly": [
        Call(lambda images=images, each=each, size=size: (_gradient(images(), each), size, each))
        for each, size, images in _cases()
    ],
}
"""By "module.function"."""
