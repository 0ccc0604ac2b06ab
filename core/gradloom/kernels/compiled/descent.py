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
from gradloom.kernels.compiled.jit import inlined, jit_exactly, meaning
from gradloom.kernels.counterpart import PAIRS
from gradloom.kernels.descent import Array, Formula, Move
from gradloom.kernels.parallel import in_parts

# Elements. Fewer are done before another thread has begun, and too soon to give the interpreter away: where
# another thread is busy in Python, each time costs a switch interval.
_SMALL = 400_000
_TINY = 4096  # with fewer, a copy of the gradient takes less than a call
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
    count = targets[0].size
    split = count >= _SMALL
    loop = partial(_loop(formula, coefficients, len(targets), split), *_table([targets]))

    def move(slopes: Array, factors: Array) -> None:
        if split:
            in_parts(partial(loop, slopes, factors), count, count * _WORK, _PARTS)
        else:
            loop(slopes, factors, 0, count)

    return move


def _together(formula: Formula, coefficients: int, weights: Sequence[Sequence[Array]]) -> Move:
    """What moves several weights in one call, as calls are what takes the time of small ones."""
    addresses, bounds = _table(weights)
    loop = partial(_loop(formula, coefficients, len(weights[0]), False), addresses, bounds)
    slopes = np.empty(bounds[-1], np.float32)
    slots = [
        slopes[start:stop].reshape(each[0].shape)
        for each, (start, stop) in zip(weights, pairwise(bounds), strict=True)
    ]

    def move(gradients: Sequence[Array], factors: Array) -> None:
        for slot, gradient in zip(slots, gradients, strict=True):
            slot[...] = gradient
        loop(slopes, factors, 0, slopes.size)

    return move


def _table(weights: Sequence[Sequence[Array]]) -> tuple[Array, Array]:
    """Where the arrays of each weight lie, and where each begins among the numbers of all."""
    addresses = np.array([[each.ctypes.data for each in targets] for targets in weights], np.int64)
    return addresses, np.cumsum([0, *[targets[0].size for targets in weights]])


@cache
def _loop(formula: Formula, coefficients: int, targets: int, split: bool) -> Callable[..., None]:
    """A loop over the numbers from `start` to `stop` of some weights, given their table and all slopes."""
    return _LOOPS[targets](formula, coefficients, split)


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.float32)(address), generate


@inlined
def _part(address: int, first: int, last: int) -> Any:
    """Some of the numbers that lie at an address."""
    return carray(_pointer(address + 4 * first), max(last - first, 0))


def _of_values(formula: Formula, count: int, split: bool) -> Callable[..., None]:
    @jit_exactly(nogil=split)
    def loop(table: Array, bounds: Array, slopes: Array, given: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(given, count)
        for at in range(len(table)):
            begin = bounds[at]
            first, last = max(start, begin) - begin, min(stop, bounds[at + 1]) - begin
            values, slope = _part(table[at, 0], first, last), slopes[begin + first : begin + last]
            for i in range(len(values)):
                (values[i],) = formula(values[i], slope[i], factors)

    return loop


def _of_two(formula: Formula, count: int, split: bool) -> Callable[..., None]:
    @jit_exactly(nogil=split)
    def loop(table: Array, bounds: Array, slopes: Array, given: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(given, count)
        for at in range(len(table)):
            begin = bounds[at]
            first, last = max(start, begin) - begin, min(stop, bounds[at + 1]) - begin
            values, slope = _part(table[at, 0], first, last), slopes[begin + first : begin + last]
            one = _part(table[at, 1], first, last)
            for i in range(len(values)):
                values[i], one[i] = formula(values[i], slope[i], one[i], factors)

    return loop


def _of_three(formula: Formula, count: int, split: bool) -> Callable[..., None]:
    @jit_exactly(nogil=split)
    def loop(table: Array, bounds: Array, slopes: Array, given: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(given, count)
        for at in range(len(table)):
            begin = bounds[at]
            first, last = max(start, begin) - begin, min(stop, bounds[at + 1]) - begin
            values, slope = _part(table[at, 0], first, last), slopes[begin + first : begin + last]
            one, two = _part(table[at, 1], first, last), _part(table[at, 2], first, last)
            for i in range(len(values)):
                values[i], one[i], two[i] = formula(values[i], slope[i], one[i], two[i], factors)

    return loop


def _of_four(formula: Formula, count: int, split: bool) -> Callable[..., None]:
    @jit_exactly(nogil=split)
    def loop(table: Array, bounds: Array, slopes: Array, given: Array, start: int, stop: int) -> None:
        factors = to_fixed_tuple(given, count)
        for at in range(len(table)):
            begin = bounds[at]
            first, last = max(start, begin) - begin, min(stop, bounds[at + 1]) - begin
            values, slope = _part(table[at, 0], first, last), slopes[begin + first : begin + last]
            one, two = _part(table[at, 1], first, last), _part(table[at, 2], first, last)
            three = _part(table[at, 3], first, last)
            for i in range(len(values)):
                values[i], one[i], two[i], three[i] = formula(
                    values[i], slope[i], one[i], two[i], three[i], factors
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
