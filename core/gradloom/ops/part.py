"""Gradients of which only a part is not zero, and how those of one tensor come together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.shapes import Shape


class Part:
    """Zeros of a shape with `grad` in the part that a basic index picks; an array where one is asked for."""

    __slots__ = ("grad", "key", "shape")

    def __init__(self, grad: Array, shape: Shape, key: tuple[Any, ...]) -> None:
        self.grad = grad
        self.shape = shape
        self.key = key

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        whole = self.room(self.grad.dtype if dtype is None else dtype)
        whole[...] = 0
        whole[self.key] = self.grad
        return whole

    def room(self, dtype: Any) -> Array:
        """Room for all, in the order in which the part lies, so that parts like it are copied run by run."""
        key, shape, strides = self.key, self.shape, self.grad.strides
        if self.grad.flags.c_contiguous or not all(isinstance(each, int | slice) for each in key):
            return np.empty(shape, dtype)
        kept = [at for at in range(len(shape)) if at >= len(key) or isinstance(key[at], slice)]
        picked = [at for at in range(len(shape)) if at not in kept]
        order = picked + [kept[at] for at in sorted(range(len(kept)), key=lambda at: -strides[at])]
        return np.empty([shape[at] for at in order], dtype).transpose(np.argsort(order))


def put_together(*parts: Part) -> Array:
    """The sum of gradients that are zero but for a part.

    Where the parts are cut from one dimension and are all of it, it may be the memory in which they lie.
    """
    starts = _one_behind_the_other(parts)
    if starts is None:
        whole = np.asarray(parts[0])
        for part in parts[1:]:
            whole[part.key] += part.grad
        return whole
    lying = _as_they_lie(parts, starts)
    if lying is not None:
        return lying
    whole = parts[0].room(parts[0].grad.dtype)
    for part in parts:
        whole[part.key] = part.grad
    return whole


def _one_behind_the_other(parts: Sequence[Part]) -> list[int] | None:
    """Where in one dimension each part begins, if they fill it without a gap and nothing else is cut."""
    at, spans = len(parts[0].key) - 1, []
    for part in parts:
        if not part.key or part.key[:-1] != (slice(None),) * at or not isinstance(part.key[-1], int | slice):
            return None
        size, cut = part.shape[at], part.key[-1]
        start, stop, step = cut.indices(size) if isinstance(cut, slice) else (cut % size, cut % size + 1, 1)
        if step != 1:
            return None
        spans.append((start, stop))
    edges = [(0, 0), *sorted(spans), (parts[0].shape[at],) * 2]
    filled = all(one[1] == other[0] for one, other in pairwise(edges))
    return [start for start, _ in spans] if filled else None


def _as_they_lie(parts: Sequence[Part], starts: Sequence[int]) -> Array | None:
    """A view of the memory of all parts, if they lie in it as in the whole, which `starts` says of them."""
    first, memory, at = parts[0].grad, parts[0].grad.base, len(parts[0].key) - 1
    if type(memory) is not np.ndarray or not memory.flags.c_contiguous:
        return None
    if any(part.grad.base is not memory or part.grad.strides != first.strides for part in parts):
        return None
    places = [part.grad.__array_interface__["data"][0] for part in parts]
    step = (places[-1] - places[0]) // (starts[-1] - starts[0]) if starts[-1] != starts[0] else 0
    whole = places[0] - step * starts[0]
    if step <= 0 or places != [whole + step * start for start in starts]:
        return None
    strides = list(first.strides)
    if isinstance(parts[0].key[-1], int):
        strides.insert(at, step)
    elif strides[at] != step:
        return None
    offset = whole - memory.__array_interface__["data"][0]
    return np.ndarray(parts[0].shape, first.dtype, memory, offset, strides)
