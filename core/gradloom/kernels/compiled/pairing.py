"""One of two by a condition, without a branch, which random conditions would mislead."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared

Array = np.ndarray[Any, Any]

# What a choice takes, in multiply-adds.
_WORK = 8


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
