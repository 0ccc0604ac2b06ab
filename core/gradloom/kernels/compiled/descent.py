"""Optimizers' formulas in one pass over values, gradients and memory, on all cores where there are many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
from numba import carray, types
from numba.extending import intrinsic
from numba.np.unsafe.ndarray import to_fixed_tuple

from gradloom.kernels import descent
from gradloom.kernels.compiled.crew import adopted, shared_exactly
from gradloom.kernels.compiled.jit import inlined, jit_exactly, meaning
from gradloom.kernels.counterpart import PAIRS
from gradloom.kernels.descent import Array, Formula, Move

_TINY = 4096  # elements; with fewer, a copy of the gradient takes less than a call
_WORK = 20  # what an element costs, in multiply-adds
_PARTS = 4  # the memory is the limit, not the cores


def mover(formula: Formula, coefficients: int, weights: Sequence[Sequence[Array]]) -> Move:
    tiny = [at for at, targets in enumerate(weights) if targets[0].size < _TINY]
    if len(tiny) < 2:
        tiny = []
    alone = [(at, _alone(formula, coefficients, weights[at])) for at in range(len(weights)) if at not in tiny]
    together = _together(formula, coefficients, [weights[at] for at in tiny]) if tiny else None
    shapes, dtypes = [each[0].shape for each in weights], [_float32] * len(weights)

    def move(gradients: Sequence[Array], factors: Array) -> None:
        fit = [each.shape for each in gradients] == shapes and [each.dtype for each in gradients] == dtypes
        if not (fit and factors.dtype is _float32):
            PAIRS["descent.mover"].reference(formula, coefficients, weights)(gradients, factors)
            return
        for at, run in alone:
            run(gradients[at].ravel(), factors)
        if together is not None:
            together([gradients[at] for at in tiny] if alone else gradients, factors)

    return move


_float32 = np.dtype(np.float32)


def _alone(formula: Formula, coefficients: int, targets: Sequence[Array]) -> Callable[[Array, Array], None]:
    """What moves one weight by its flat gradient, in parts where it is large."""
    loop = _shared(formula, coefficients, len(targets))
    flat, count = [each.ravel() for each in targets], targets[0].size

    def move(slopes: Array, factors: Array) -> None:
        loop((*flat, slopes), factors, count, count * _WORK)

    return move


def _together(formula: Formula, coefficients: int, weights: Sequence[Sequence[Array]]) -> Move:
    """What moves several weights in one call, as calls are what takes the time of small ones.

    It keeps the interpreter: where another thread is busy in Python, giving it away costs a switch interval.
    """
    addresses = np.array([[each.ctypes.data for each in targets] for targets in weights], np.int64)
    bounds = np.cumsum([0, *[targets[0].size for targets in weights]])
    loop = partial(_walk(formula, coefficients, len(weights[0])), addresses, bounds)
    slopes = np.empty(bounds[-1], np.float32)
    slots = [
        slopes[start:stop].reshape(each[0].shape)
        for each, (start, stop) in zip(weights, pairwise(bounds), strict=True)
    ]

    def move(gradients: Sequence[Array], factors: Array) -> None:
        for slot, gradient in zip(slots, gradients, strict=True):
            slot[...] = gradient
        loop(slopes, factors)

    return move


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.float32)(address), generate


@cache
def _shared(formula: Formula, coefficients: int, targets: int) -> Callable[..., None]:
    return shared_exactly(_loop(formula, coefficients, targets), _PARTS)


@cache
def _walk(formula: Formula, coefficients: int, targets: int) -> Callable[..., None]:
    """A loop over weights, given the addresses of their arrays and where each begins among all slopes."""
    loop = _loop(formula, coefficients, targets)
    return jit_exactly(adopted(_walk_weights, loop, _step=jit_exactly(loop), _gathered=_GATHERED[targets]))


_step: Any = None  # names that mean something else in each copy of `_walk_weights`
_gathered: Any = None


def _walk_weights(addresses: Array, bounds: Array, slopes: Array, factors: Array) -> None:
    for at in range(len(addresses)):
        own = slopes[bounds[at] : bounds[at + 1]]
        _step(_gathered(addresses[at], own), factors, 0, len(own))


@inlined
def _at(address: int, like: Array) -> Any:
    """The numbers that lie at an address, as many as some array has."""
    return carray(_pointer(address), len(like))


@inlined
def _one(places: Array, slopes: Array) -> Any:
    return _at(places[0], slopes), slopes


@inlined
def _two(places: Array, slopes: Array) -> Any:
    return _at(places[0], slopes), _at(places[1], slopes), slopes


@inlined
def _three(places: Array, slopes: Array) -> Any:
    return _at(places[0], slopes), _at(places[1], slopes), _at(places[2], slopes), slopes


@inlined
def _four(places: Array, slopes: Array) -> Any:
    first, second = _at(places[0], slopes), _at(places[1], slopes)
    return first, second, _at(places[2], slopes), _at(places[3], slopes), slopes


_GATHERED = {1: _one, 2: _two, 3: _three, 4: _four}


@cache
def _loop(formula: Formula, coefficients: int, targets: int) -> Callable[..., None]:
    """A loop over the numbers from `start` to `stop` of a weight's arrays, the last of which are slopes."""
    loop = _LOOPS[targets](formula, coefficients)
    # What is kept on disk is found by name.
    loop.__qualname__ = f"{loop.__name__}_{formula.__name__}_{coefficients}"
    return loop


Arrays = tuple[Array, ...]


def _of_values(formula: Formula, count: int) -> Callable[..., None]:
    def of_values(arrays: Arrays, given: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(given, count)
        values, slopes = arrays[0][start:stop], arrays[1][start:stop]
        for i in range(len(values)):
            (values[i],) = formula(values[i], slopes[i], factors)

    return of_values


def _of_two(formula: Formula, count: int) -> Callable[..., None]:
    def of_two(arrays: Arrays, given: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(given, count)
        values, one, slopes = arrays[0][start:stop], arrays[1][start:stop], arrays[2][start:stop]
        for i in range(len(values)):
            values[i], one[i] = formula(values[i], slopes[i], one[i], factors)

    return of_two


def _of_three(formula: Formula, count: int) -> Callable[..., None]:
    def of_three(arrays: Arrays, given: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(given, count)
        values, one = arrays[0][start:stop], arrays[1][start:stop]
        two, slopes = arrays[2][start:stop], arrays[3][start:stop]
        for i in range(len(values)):
            values[i], one[i], two[i] = formula(values[i], slopes[i], one[i], two[i], factors)

    return of_three


def _of_four(formula: Formula, count: int) -> Callable[..., None]:
    def of_four(arrays: Arrays, given: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(given, count)
        values, one = arrays[0][start:stop], arrays[1][start:stop]
        two, three, slopes = arrays[2][start:stop], arrays[3][start:stop], arrays[4][start:stop]
        for i in range(len(values)):
            values[i], one[i], two[i], three[i] = formula(
                values[i], slopes[i], one[i], two[i], three[i], factors
            )

    return of_four


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
