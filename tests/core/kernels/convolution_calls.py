"""Calls of the convolution kernels: each way of doing them, with windows of many kinds."""

from __future__ import annotations

from functools import partial

import numpy as np
from tests.core.kernels.compiled_calls import Call, normal, with_a_hole

from gradloom.kernels.windows import Geometry

# images, weights, geometry, groups
_ONE, _TWO = ((1, 1), (1, 1)), ((2, 2), (2, 2))
_CONVOLUTIONS: list[tuple[tuple[int, ...], tuple[int, ...], Geometry, int]] = [
    ((1, 1, 1, 1), (1, 1, 1, 1), Geometry((1, 1)), 1),
    ((2, 1, 9, 10), (5, 1, 3, 3), Geometry((3, 3)), 1),
    ((9, 16, 16, 16), (32, 16, 3, 3), Geometry((3, 3), padding=_ONE), 1),
    ((3, 3, 9, 9), (20, 3, 3, 3), Geometry((3, 3), (2, 2), _ONE), 1),
    ((5, 8, 7, 7), (24, 4, 3, 3), Geometry((3, 3), (2, 2), _ONE), 2),
    ((33, 16, 28, 28), (16, 16, 4, 4), Geometry((4, 4), (2, 2), _ONE), 1),
    ((3, 6, 5, 4), (7, 6, 2, 2), Geometry((2, 2), None, ((0, 1), (1, 0)), (2, 1)), 1),
    ((2, 32, 6, 6), (48, 32, 3, 3), Geometry((3, 3), None, _TWO, (2, 2)), 1),
    ((3, 6, 6, 7), (4, 3, 1, 1), Geometry((1, 1), (2, 2)), 2),
    ((3, 6, 3, 3), (40, 6, 3, 3), Geometry((3, 3)), 1),
    ((3, 3, 9, 9), (4, 3, 2, 2), Geometry((2, 2), (3, 3)), 1),
    ((1, 64, 24, 24), (64, 64, 3, 3), Geometry((3, 3), padding=_ONE), 1),
    ((5, 16, 7, 5), (20, 16, 3, 3), Geometry((3, 3), padding=_ONE), 1),
    ((3, 20, 6, 9), (33, 20, 3, 3), Geometry((3, 3), padding=((2, 0), (1, 2))), 1),
    ((1, 16, 3, 3), (16, 16, 3, 3), Geometry((3, 3)), 1),
    ((1, 64, 80, 90), (16, 64, 3, 3), Geometry((3, 3), padding=_ONE), 1),
    ((9, 20, 17, 15), (36, 20, 3, 3), Geometry((3, 3), (2, 2), _ONE), 1),
    ((3, 16, 12, 13), (18, 16, 3, 3), Geometry((3, 3), (2, 2), ((0, 2), (2, 1))), 1),
    ((3, 16, 12, 13), (18, 16, 4, 4), Geometry((4, 4), (2, 2)), 1),
    ((2, 96, 12, 12), (80, 96, 3, 3), Geometry((3, 3), padding=_ONE), 1),
    ((40, 40, 20, 21), (24, 40, 3, 3), Geometry((3, 3), padding=_ONE), 1),
    ((40, 64, 9, 10), (64, 1, 3, 3), Geometry((3, 3), padding=_ONE), 64),
    ((3, 8, 8, 37), (8, 1, 3, 3), Geometry((3, 3), (2, 2), _ONE), 8),
    ((2, 5, 11, 12), (5, 1, 5, 5), Geometry((5, 5), (2, 1), ((2, 1), (0, 3))), 5),
    ((2, 4, 7, 9), (4, 1, 2, 3), Geometry((2, 3), (3, 2)), 4),
    ((2, 4, 9, 9), (4, 1, 3, 3), Geometry((3, 3), None, _TWO, (2, 2)), 4),
    ((2, 4, 5, 5), (4, 1, 1, 1), Geometry((1, 1), (3, 3)), 4),
    ((1, 256, 3, 5), (256, 256, 3, 3), Geometry((3, 3), padding=_ONE), 1),
    ((2, 512, 7, 6), (128, 512, 3, 3), Geometry((3, 3), (2, 3), ((2, 0), (1, 2))), 1),
    ((2, 40, 5, 5), (20, 40, 3, 3), Geometry((3, 3), (1, 4), _ONE), 1),
    ((4, 5, 20), (7, 5, 5), Geometry((5,), (2,), ((2, 1),)), 1),
    ((2, 3, 4, 5, 6), (4, 3, 2, 3, 2), Geometry((2, 3, 2), (2, 1, 1), ((1, 1), (0, 1), (1, 0))), 1),
]


def _positions(images: tuple[int, ...], weights: tuple[int, ...], geometry: Geometry) -> tuple[int, ...]:
    return (images[0], weights[0], *geometry.output_size(images[2:]))


CONVOLUTION_CALLS: dict[str, list[Call]] = {
    "convolution.convolve": [
        *(
            Call(
                partial(lambda x, w, *rest: (normal(*x), normal(*w, seed=1), normal(w[0]), *rest), *each),
                atol=1e-4,
            )
            for each in _CONVOLUTIONS
        ),
        Call(lambda: (normal(2, 3, 8, 8)[..., ::2], normal(4, 3, 3, 3), None, Geometry((3, 3)))),
        Call(lambda: (with_a_hole(normal(2, 3, 8, 8), np.inf), normal(4, 3, 3, 3), None, Geometry((3, 3)))),
        Call(lambda: (normal(2, 3, 8, 8), with_a_hole(normal(4, 3, 3, 3), np.nan), None, Geometry((3, 3)))),
        Call(
            lambda: (with_a_hole(normal(2, 16, 8, 8), np.inf), normal(16, 16, 3, 3), None, Geometry((3, 3))),
            atol=1e-4,
        ),
    ],
    "convolution.weight_gradient": [
        Call(
            partial(
                lambda x, w, geometry, groups: (
                    *(normal(*x), normal(*_positions(x, w, geometry), seed=1), geometry, groups),
                ),
                *each,
            ),
            atol=1e-3,
        )
        for each in _CONVOLUTIONS
    ],
    "convolution.input_gradient": [
        Call(
            partial(
                lambda x, w, geometry, groups: (
                    *(normal(*_positions(x, w, geometry)), normal(*w, seed=1), normal(x[1], seed=2)),
                    *(x[2:], geometry, groups),
                ),
                *each,
            ),
            atol=1e-4,
        )
        for each in _CONVOLUTIONS
    ],
}
