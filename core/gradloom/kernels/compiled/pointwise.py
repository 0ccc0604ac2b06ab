"""A loop over the elements of arrays of one shape, shared by threads where there are many."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import adopted, loop_of, shared
from gradloom.kernels.compiled.jit import inlined

Array = np.ndarray[Any, Any]

# What an element costs, in multiply-adds: memory counts most where there is no function to compute.
PASS, EXPONENTIAL = 8, 24

# Looked up once: they take as long as small arrays do.
_float32, _ravel = np.dtype(np.float32), np.ndarray.ravel


def over(
    loop: Callable[..., None],
    cost: int,
    *arrays: Array,
    settings: tuple[float, ...] = (),
    into: Array | None = None,
) -> Array:
    """What a shared `loop(*arrays, out, *settings)` writes: a new array, or `into`, one of `arrays`.

    With settings it is always a new one.
    """
    if into is not None and not settings:
        at = next(at for at, each in enumerate(arrays) if each is into)
        _in_place(loop, len(arrays), at)(*[each.ravel() for each in arrays], into.size, into.size * cost)
        return into
    out = np.empty(arrays[0].shape, _float32)
    size = out.size
    numbers = [np.float32(each) for each in settings] if settings else ()
    loop(*map(_ravel, arrays), out.ravel(), *numbers, size, size * cost)
    return out


_loop: Any = None  # a name that means something else in each copy of what follows


def _into_the_only(x: Array, start: int, stop: int) -> None:
    _loop(x, x, start, stop)


def _into_the_first(x: Array, y: Array, start: int, stop: int) -> None:
    _loop(x, y, x, start, stop)


def _into_the_second(x: Array, y: Array, start: int, stop: int) -> None:
    _loop(x, y, y, start, stop)


_IN_PLACE = {(1, 0): _into_the_only, (2, 0): _into_the_first, (2, 1): _into_the_second}


@cache
def _in_place(loop: Callable[..., None], count: int, at: int) -> Callable[..., None]:
    """The same loop where the result is the operand at `at`.

    A loop of its own: given one array twice, vector code sees that they overlap, and goes number by number.
    """
    body = loop_of(loop)
    return shared(adopted(_IN_PLACE[count, at], body, _loop=inlined(body)))
