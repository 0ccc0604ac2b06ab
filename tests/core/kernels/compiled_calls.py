"""Calls that every compiled kernel is compared on with its NumPy reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels import descent
from gradloom.kernels.windows import Geometry

Array = Any


class Call(NamedTuple):
    """Arguments, made anew each time, and how far results may be apart.

    `then` makes the arguments of the function that some kernels return.
    """

    arguments: Callable[[], Sequence[Any]]
    rtol: float = 1e-5
    atol: float = 1e-6
    then: Callable[[], Sequence[Any]] | None = None


def normal(*shape: int, scale: float = 1.0, seed: int = 0) -> Array:
    """Normally distributed float32."""
    return (scale * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def with_a_hole(array: Array, value: float) -> Array:
    """With `value` somewhere in the middle."""
    array.reshape(-1)[array.size // 2] = value
    return array


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
    ((40, 64, 9, 10), (64, 1, 3, 3), Geometry((3, 3), padding=_ONE), 64),
    ((3, 8, 8, 37), (8, 1, 3, 3), Geometry((3, 3), (2, 2), _ONE), 8),
    ((2, 5, 11, 12), (5, 1, 5, 5), Geometry((5, 5), (2, 1), ((2, 1), (0, 3))), 5),
    ((2, 4, 7, 9), (4, 1, 2, 3), Geometry((2, 3), (3, 2)), 4),
    ((2, 4, 9, 9), (4, 1, 3, 3), Geometry((3, 3), None, _TWO, (2, 2)), 4),
    ((2, 4, 5, 5), (4, 1, 1, 1), Geometry((1, 1), (3, 3)), 4),
    ((4, 5, 20), (7, 5, 5), Geometry((5,), (2,), ((2, 1),)), 1),
    ((2, 3, 4, 5, 6), (4, 3, 2, 3, 2), Geometry((2, 3, 2), (2, 1, 1), ((1, 1), (0, 1), (1, 0))), 1),
]


def _positions(images: tuple[int, ...], weights: tuple[int, ...], geometry: Geometry) -> tuple[int, ...]:
    return (images[0], weights[0], *geometry.output_size(images[2:]))


# optimizers' formulas: how many coefficients, and how many arrays they remember
_FORMULAS = {
    descent.sgd: (2, 0),
    descent.first_momentum: (5, 1),
    descent.momentum: (5, 1),
    descent.asgd: (4, 1),
    descent.adam: (7, 2),
    descent.amsgrad: (7, 3),
    descent.nadam: (8, 2),
    descent.unrectified: (7, 2),
    descent.adamax: (5, 2),
    descent.adagrad: (3, 1),
    descent.adadelta: (5, 2),
    descent.rmsprop: (6, 1),
    descent.rmsprop_momentum: (6, 2),
    descent.rmsprop_centered: (6, 2),
    descent.rmsprop_centered_momentum: (6, 3),
    descent.rprop: (4, 2),
}


def _step(
    formula: Any, coefficients: Sequence[float], remembered: int, shape: tuple[int, ...], gradient: float
) -> Call:
    """A step on positive memory; the gradient has a hole."""
    return Call(
        lambda: (
            *(formula, len(coefficients)),
            [normal(*shape), *(np.square(normal(*shape, seed=k + 1)) for k in range(remembered))],
        ),
        *(0.0, 0.0),
        lambda: (with_a_hole(normal(*shape, seed=9), gradient), np.array(coefficients, np.float32)),
    )


_STEPS = [
    *(
        _step(formula, np.linspace(start, 0.95, count), remembered, shape, gradient)
        for formula, (count, remembered) in _FORMULAS.items()
        for start, shape, gradient in ((0.05, (7, 9), 0.0), (0.0, (1,), np.inf), (0.0, (3, 5, 2), np.nan))
    ),
    _step(descent.adam, (1, 0, 0.1, 0.999, 0.001, 1e-8, -1e-3), 2, (251, 1001), -0.0),
    _step(descent.sgd, (0.1, -0.01), 0, (600_001,), -np.inf),
]

CALLS: dict[str, list[Call]] = {
    "descent.mover": _STEPS,
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
                    *(normal(*_positions(x, w, geometry)), normal(*w, seed=1), x[2:], geometry, groups),
                ),
                *each,
            ),
            atol=1e-4,
        )
        for each in _CONVOLUTIONS
    ],
}
"""By "module.function"."""
