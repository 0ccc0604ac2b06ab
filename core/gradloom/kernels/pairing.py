"""Two arrays made one, element by element."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled, floats
from gradloom.kernels.parallel import in_parts

Shape = tuple[int, ...]

# How many elements are worth a closer look, and a second thread, and what one takes in multiply-adds.
_SOME, _MANY = 2**14, 500_000
# And how many elements of the result, where one of both is repeated, a compiled loop.
_ROWS = 2**16
_WORK = 8

# Dimensions that are enough for a row, a column, or a number for each channel.
_DIMS = 3

_COMPILED = np.add, np.subtract, np.multiply, np.true_divide


def combined(function: np.ufunc, a: Any, b: Any) -> Any:
    """`function(a, b)` with broadcasting, parts at the same time where there are many elements."""
    sizes = getattr(a, "size", 1), getattr(b, "size", 1)
    if max(sizes) < _SOME and (sizes[0] * sizes[1] < _ROWS or a.shape == b.shape):
        return function(a, b)
    return some_combined(function, a, b)


def added(a: Any, b: Any) -> Any:
    """a + b."""
    return combined(np.add, a, b)


def _broadcast(function: np.ufunc, a: Any, b: Any) -> bool:
    if function not in _COMPILED or not floats(a, b):
        return False
    if a.shape == b.shape:
        return True
    steps = broadcast_steps(a.shape, b.shape) if a.ndim and b.ndim else None
    return steps is not None and math.prod(steps.sizes) >= _ROWS


class Steps(NamedTuple):
    """How two arrays go along with three dimensions of what they are broadcast to, whose sizes these are.

    Between elements, and 0 where an array is repeated.
    """

    sizes: tuple[int, int, int]
    first: tuple[int, int, int]
    second: tuple[int, int, int]


@lru_cache(maxsize=512)
def broadcast_steps(first: Shape, second: Shape) -> Steps | None:
    """For shapes of arrays that lie row by row; None for those that take more than three dimensions."""
    ndim = max(len(first), len(second))
    pairs = zip(*[(1,) * (ndim - len(each)) + each for each in (first, second)], strict=True)
    runs: list[tuple[int, tuple[bool, bool]]] = []
    for ours, theirs in pairs:
        size, goes = max(ours, theirs) if min(ours, theirs) else 0, (ours != 1, theirs != 1)
        if ours != theirs and True in goes and False not in goes:
            return None
        if size == 1:
            continue
        if runs and runs[-1][1] == goes:
            runs[-1] = (runs[-1][0] * size, goes)
        else:
            runs.append((size, goes))
    if len(runs) > _DIMS:
        return None
    runs = [(1, (False, False))] * (_DIMS - len(runs)) + runs
    steps = []
    for which in (0, 1):
        step, own = 1, []
        for size, goes in reversed(runs):
            own.append(step if goes[which] else 0)
            step *= size if goes[which] else 1
        steps.append(tuple(reversed(own)))
    return Steps(tuple([size for size, _ in runs]), *steps)  # type: ignore[arg-type]


@compiled(when=_broadcast)
def some_combined(function: np.ufunc, a: Any, b: Any) -> Any:
    """The same for arrays that are worth a closer look."""
    if max(getattr(a, "size", 1), getattr(b, "size", 1)) < _MANY:
        return function(a, b)
    if type(a) is not np.ndarray or type(b) is not np.ndarray or a.dtype != b.dtype or a.dtype.kind != "f":
        return function(a, b)
    shape = np.broadcast_shapes(a.shape, b.shape)
    out = np.empty(shape, a.dtype)

    def run(start: int, stop: int) -> None:
        rows = [
            each[start:stop] if each.ndim == len(shape) and len(each) == shape[0] else each for each in (a, b)
        ]
        function(*rows, out=out[start:stop])

    in_parts(run, shape[0], _WORK * out.size)
    return out


def _many_choices(condition: Any, input: Any, other: Any) -> bool:
    if type(condition) is not np.ndarray or condition.dtype != np.bool_ or condition.size < 4096:
        return False
    arrays = [each for each in (input, other) if np.ndim(each)]
    return (
        condition.flags.carray
        and bool(arrays)
        and floats(*arrays)
        and all(each.shape == condition.shape for each in arrays)
        and all(np.ndim(each) or _is_weak(each) for each in (input, other))
    )


def _is_weak(number: Any) -> bool:
    """Whether a number leaves float32 what it is."""
    return isinstance(number, (int, float)) or getattr(number, "dtype", None) == np.float32


@compiled(when=_many_choices)
def chosen(condition: Array, input: Any, other: Any) -> Array:
    """`input` where the condition holds, `other` elsewhere."""
    return np.asarray(np.where(condition, input, other))
