"""Optimizers' formulas in one pass over values, gradients and memory, on all cores where there are many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
from numba.np.unsafe.ndarray import to_fixed_tuple

from gradloom.kernels import descent
from gradloom.kernels.compiled.jit import jit_exactly, meaning
from gradloom.kernels.counterpart import PAIRS
from gradloom.kernels.descent import Array, Formula, Move
from gradloom.kernels.parallel import in_parts

# Elements. Fewer are done before another thread has begun, and too soon to give the interpreter away: where
# another thread is busy in Python, each time costs a switch interval.
_SMALL = 400_000
_WORK = 20  # what an element costs, in multiply-adds
_PARTS = 4  # the memory is the limit, not the cores


def mover(formula: Formula, coefficients: int, targets: Sequence[Array]) -> Move:
    shape, count = targets[0].shape, targets[0].size
    split = count >= _SMALL
    loop = partial(_loop(formula, coefficients, len(targets), split), *[each.ravel() for each in targets])

    def move(gradient: Array, factors: Array) -> None:
        if not (
            gradient.shape == shape
            and factors.dtype is gradient.dtype is _float32
            and gradient.flags.carray
            and type(gradient) is _ndarray
        ):
            PAIRS["descent.mover"].reference(formula, coefficients, targets)(gradient, factors)
        elif split:
            in_parts(partial(loop, gradient.ravel(), factors), count, count * _WORK, _PARTS)
        else:
            loop(gradient.ravel(), factors, 0, count)

    return move


_ndarray, _float32 = np.ndarray, np.dtype(np.float32)


@cache
def _loop(formula: Formula, coefficients: int, targets: int, split: bool) -> Callable[..., None]:
    return _LOOPS[targets](formula, coefficients, split)


def _of_values(formula: Formula, count: int, split: bool) -> Callable[..., None]:
    @jit_exactly(nogil=split)
    def loop(values: Array, slopes: Array, coefficients: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(coefficients, count)
        if split:
            values, slopes = values[start:stop], slopes[start:stop]
        for i in range(len(values)):
            (values[i],) = formula(values[i], slopes[i], factors)

    return loop


def _of_two(formula: Formula, count: int, split: bool) -> Callable[..., None]:
    @jit_exactly(nogil=split)
    def loop(values: Array, one: Array, slopes: Array, coefficients: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(coefficients, count)
        if split:
            values, slopes, one = values[start:stop], slopes[start:stop], one[start:stop]
        for i in range(len(values)):
            values[i], one[i] = formula(values[i], slopes[i], one[i], factors)

    return loop


def _of_three(formula: Formula, count: int, split: bool) -> Callable[..., None]:
    @jit_exactly(nogil=split)
    def loop(
        values: Array, one: Array, two: Array, slopes: Array, coefficients: Array, start: int, stop: int
    ) -> None:
        factors = to_fixed_tuple(coefficients, count)
        if split:
            values, slopes = values[start:stop], slopes[start:stop]
            one, two = one[start:stop], two[start:stop]
        for i in range(len(values)):
            values[i], one[i], two[i] = formula(values[i], slopes[i], one[i], two[i], factors)

    return loop


def _of_four(formula: Formula, count: int, split: bool) -> Callable[..., None]:
    @jit_exactly(nogil=split)
    def loop(
        values: Array,
        one: Array,
        two: Array,
        three: Array,
        slopes: Array,
        coefficients: Array,
        start: int,
        stop: int,
    ) -> None:
        factors = to_fixed_tuple(coefficients, count)
        if split:
            values, slopes = values[start:stop], slopes[start:stop]
            one, two, three = one[start:stop], two[start:stop], three[start:stop]
        for i in range(len(values)):
            values[i], one[i], two[i], three[i] = formula(
                values[i], slopes[i], one[i], two[i], three[i], factors
            )

    return loop


_LOOPS = {1: _of_values, 2: _of_two, 3: _of_three, 4: _of_four}


# What the formulas call means on a single number


@meaning(descent.sqrt)
def _sqrt(x: Any) -> Any:
    return np.sqrt(x)


@meaning(descent.maximum)
def _maximum(x: Any, y: Any) -> Any:
    return x if x > y or x != x else y


@meaning(descent.sign)
def _sign(x: Any) -> Any:
    return np.sign(x)


@meaning(descent.clamp)
def _clamp(x: Any, low: Any, high: Any) -> Any:
    return low if x < low else high if x > high else x


@meaning(descent.choose)
def _choose(condition: Any, x: Any, y: Any) -> Any:
    return x if condition else y


@meaning(descent.cleared)
def _cleared(x: Any, condition: Any) -> Any:
    return np.float32(0) if condition else x


@meaning(descent.constant)
def _constant(x: Any) -> Any:
    return x


for _formula in (
    *(descent.decayed, descent.shrunk, descent.mixed, descent.mixed_square),
    *(descent.sgd, descent.first_momentum, descent.momentum, descent.asgd),
    *(descent.adam, descent.amsgrad, descent.nadam, descent.unrectified, descent.adamax),
    *(descent.adagrad, descent.adadelta, descent.rprop),
    *(descent.rmsprop, descent.rmsprop_momentum),
    *(descent.rmsprop_centered, descent.rmsprop_centered_momentum),
):
    meaning(_formula)(_formula)
