"""Calls that every compiled kernel is compared on with its NumPy reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels import descent

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
            [[normal(*shape), *(np.square(normal(*shape, seed=k + 1)) for k in range(remembered))]],
        ),
        *(0.0, 0.0),
        lambda: ([with_a_hole(normal(*shape, seed=9), gradient)], np.array(coefficients, np.float32)),
    )


_MANY = [(3,), (2, 5), (5000,), (1,), (0, 4), (70, 60), (4, 4)]
_STEPS = [
    Call(
        lambda: (
            descent.adagrad,
            3,
            [[normal(*shape), np.square(normal(*shape, seed=1))] for shape in _MANY],
        ),
        *(0.0, 0.0),
        lambda: ([normal(*shape, seed=2) for shape in _MANY], np.array((0.1, 1e-8, -0.01), np.float32)),
    ),
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
}
"""By "module.function"."""
