"""Two arrays made one, element by element: see `kernels/pairing.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import adopted, indices, shared
from gradloom.kernels.compiled.jit import inlined
from gradloom.kernels.compiled.pointwise import PASS, over
from gradloom.kernels.pairing import broadcast_steps

Array = np.ndarray[Any, Any]
Numbers = tuple[int, int, int]

# How much of a row is made at once.
_STRIP = 2048

# What a choice takes, in multiply-adds.
_WORK = 8


def some_combined(function: np.ufunc, a: Array, b: Array, into: Array | None = None) -> Array:
    alike, repeated = _LOOPS[function]
    if a.shape == b.shape:
        return over(alike, PASS, a, b, into=into)
    steps = broadcast_steps(a.shape, b.shape)
    if into is not None or steps is None:
        return np.asarray(function(a, b, out=into))
    out = np.empty(np.broadcast_shapes(a.shape, b.shape), np.float32)
    outer, rows, columns = steps.sizes
    count = outer * rows * -(-columns // _STRIP)
    repeated(a.ravel(), b.ravel(), out.ravel(), *steps, count, PASS * out.size)
    return out


def _add(a: Array, b: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = a[i] + b[i]


def _subtract(a: Array, b: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = a[i] - b[i]


def _multiply(a: Array, b: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = a[i] * b[i]


def _divide(a: Array, b: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = a[i] / b[i]


_loop: Any = None  # a name that means something else in each copy of what follows


def _by_rows(
    a: Array, b: Array, out: Array, sizes: Numbers, first: Numbers, second: Numbers, start: int, stop: int
) -> None:
    """Some strips of rows; a number that is repeated along one is written down as often as that."""
    _, rows, columns = sizes
    strips = (columns + _STRIP - 1) // _STRIP
    row = np.empty(_STRIP, np.float32)
    for number in range(start, stop):
        line, strip = divmod(number, strips)
        i, j = divmod(line, rows)
        left = strip * _STRIP
        wide = min(_STRIP, columns - left)
        at = i * first[0] + j * first[1] + left * first[2]
        there = i * second[0] + j * second[1] + left * second[2]
        ours, theirs = a[at : at + wide], b[there : there + wide]
        if not first[2]:
            row[:wide] = a[at]
            ours = row
        if not second[2]:
            row[:wide] = b[there]
            theirs = row
        _loop(ours, theirs, out[line * columns + left :], 0, wide)


def _both(body: Callable[..., None]) -> tuple[Callable[..., None], Callable[..., None]]:
    """The loop over arrays of one shape, and that over arrays that are broadcast."""
    return shared(body), shared(adopted(_by_rows, body, _loop=inlined(body)))


_LOOPS: dict[np.ufunc, tuple[Callable[..., None], Callable[..., None]]] = {
    np.add: _both(_add),
    np.subtract: _both(_subtract),
    np.multiply: _both(_multiply),
    np.true_divide: _both(_divide),
}


# A choice is made without a branch, which random conditions would mislead.


def chosen(condition: Array, input: Any, other: Any) -> Array:
    out = np.empty(condition.shape, np.float32)
    flags, made = condition.reshape(-1), out.reshape(-1)
    if np.ndim(input) and np.ndim(other):
        ours, theirs = input.reshape(-1), other.reshape(-1)
        _of_both(flags, ours, theirs, made, made.size, _WORK * made.size)
    else:
        # A number is what remains where the condition, or its opposite, takes nothing from the array.
        taken = bool(np.ndim(input))
        values, number = (input, other) if taken else (other, input)
        given, rest = values.reshape(-1), np.float32(number)
        _of_one(flags, taken, given, rest, made, made.size, _WORK * made.size)
    return out


@shared
def _of_both(flags: Array, input: Array, other: Array, out: Array, start: int, stop: int) -> None:
    first, second, third, made = flags[start:stop], input[start:stop], other[start:stop], out[start:stop]
    for i in range(len(made)):
        made[i] = second[i] if first[i] else third[i]


@shared
def _of_one(
    flags: Array, taken: bool, values: Array, rest: np.float32, out: Array, start: int, stop: int
) -> None:
    first, second, made = flags[start:stop], values[start:stop], out[start:stop]
    for i in range(len(made)):
        made[i] = second[i] if first[i] == taken else rest
