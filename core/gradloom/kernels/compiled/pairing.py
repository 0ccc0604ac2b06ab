"""Two arrays made one, element by element: see `kernels/pairing.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import indices, shared
from gradloom.kernels.compiled.pointwise import PASS, over

Array = np.ndarray[Any, Any]

# What a choice takes, in multiply-adds.
_WORK = 8


def some_combined(function: np.ufunc, a: Array, b: Array, into: Array | None = None) -> Array:
    return over(_LOOPS[function], PASS, a, b, into=into)


@shared
def _add(a: Array, b: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = a[i] + b[i]


@shared
def _subtract(a: Array, b: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = a[i] - b[i]


@shared
def _multiply(a: Array, b: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = a[i] * b[i]


@shared
def _divide(a: Array, b: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = a[i] / b[i]


_LOOPS: dict[np.ufunc, Callable[..., None]] = {
    np.add: _add,
    np.subtract: _subtract,
    np.multiply: _multiply,
    np.true_divide: _divide,
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
