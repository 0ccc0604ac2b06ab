"""Calls that compiled warping is compared on with its NumPy reference."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from tests.core.kernels.compiled_calls import Call, normal, with_a_hole


def _arguments(*shape: int) -> tuple[Any, Any]:
    return normal(*shape), normal(shape[0], 2, 3, scale=0.2, seed=1) + np.eye(2, 3, dtype=np.float32)


def _with_holes(image: float, *of_maps: float) -> tuple[Any, Any]:
    images, maps = _arguments(2, 1, 5, 5)
    for at, hole in enumerate(of_maps):
        maps[at, at] = hole
    return with_a_hole(images, image), maps


# Places are rounded differently, by some 1e-6 of a pixel.
_near = partial(Call, rtol=1e-4, atol=1e-4)

_SHAPES = [(1, 1, 1, 1), (3, 2, 5, 7), (2, 1, 1, 6), (2, 3, 6, 1), (0, 1, 4, 4), (70, 3, 32, 33)]

WARPING_CALLS: dict[str, list[Call]] = {
    "warping.warped": [
        *(_near(partial(_arguments, *shape)) for shape in _SHAPES),
        _near(partial(_with_holes, np.nan)),
        _near(partial(_with_holes, 0.0, np.nan, np.inf)),
        _near(partial(_with_holes, 0.0, -np.inf, 1e30)),
    ]
}
