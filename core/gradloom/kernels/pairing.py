"""Two arrays made one, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled, floats
from gradloom.kernels.parallel import in_parts

# How many elements are worth a closer look, and a second thread, and what one takes in multiply-adds.
_SOME, _MANY = 2**14, 500_000
_WORK = 8

_COMPILED = np.add, np.subtract, np.multiply, np.true_divide


def combined(function: np.ufunc, a: Any, b: Any) -> Any:
    """`function(a, b)` with broadcasting, parts at the same time where there are many elements."""
    if max(getattr(a, "size", 1), getattr(b, "size", 1)) < _SOME:
        return function(a, b)
    return some_combined(function, a, b)


def added(a: Any, b: Any) -> Any:
    """a + b."""
    return combined(np.add, a, b)


def _alike(function: np.ufunc, a: Any, b: Any) -> bool:
    return function in _COMPILED and floats(a, b) and a.shape == b.shape


@compiled(when=_alike)
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
