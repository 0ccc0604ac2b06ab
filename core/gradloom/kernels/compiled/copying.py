"""Copies in row-major order: eight runs of memory side by side at a time, as a cache line holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from gradloom.kernels.compiled.crew import indices, shared
from gradloom.kernels.compiled.jit import inlined

Array = np.ndarray[Any, Any]

_BLOCK = 64

# What copying a value takes, in multiply-adds.
_WORK = 8


class _Turn(NamedTuple):
    """A copy of (a, b, runs, columns) elements: a run lies side by side in the source, columns in the copy.

    `order` brings the source's dimensions in the order of its memory. Steps are in elements; that of the
    source along runs and that of the copy along columns are 1; where `whole`, the source's columns are too.
    """

    order: tuple[int, ...]
    sizes: tuple[int, int, int, int]
    source_steps: tuple[int, int, int]
    copy_steps: tuple[int, int, int]
    whole: bool


def row_major(array: Array) -> Array:
    if 0 in array.strides and not array.flags.c_contiguous:
        return _repeated(array)
    if array.flags.c_contiguous:
        return _as_it_lies(array)
    turn = _turn(array.shape, array.strides)
    if turn is None:
        return np.array(array, order="C")
    out = np.empty(array.shape, np.float32)
    source = array.transpose(turn.order).reshape(-1)
    flat = out.reshape(-1)
    a, b, runs, _ = turn.sizes
    loop, count = (_copy_runs, a * b) if turn.whole else (_copy, a * b * -(-runs // _BLOCK))
    loop(source, flat, turn.sizes, turn.source_steps, turn.copy_steps, count, _WORK * array.size)
    return out


def joined(arrays: Sequence[Array], axis: int) -> Array:
    shape = list(arrays[0].shape)
    shape[axis] = sum([each.shape[axis] for each in arrays])
    out, first, pitch = np.empty(shape, np.float32), 0, math.prod(shape[axis:])
    flat = out.reshape(-1)
    for each in arrays:
        length = math.prod(each.shape[axis:])
        _place(each.reshape(-1), flat, length, first, pitch, each.size, _WORK * each.size)
        first += length
    return out


@shared
def _place(source: Array, out: Array, length: int, first: int, pitch: int, start: int, stop: int) -> None:
    """Copy runs of so many values, each to a place of its own that is as far from the next."""
    at = start
    while at < stop:
        run = at // length
        end = min((run + 1) * length, stop)
        step = run * (pitch - length) + first
        for i in indices(at, end):
            out[i + np.uint64(step)] = source[i]
        at = end


def _as_it_lies(array: Array) -> Array:
    out = np.empty(array.shape, np.float32)
    source, flat = array.reshape(-1), out.reshape(-1)
    _copy_part(source, flat, out.size, _WORK * out.size)
    return out


def _repeated(array: Array) -> Array:
    """A copy of what is repeated along some dimensions."""
    out = np.empty(array.shape, np.float32)
    sizes = _repeats(array.shape, array.strides)
    if sizes is None or not out.size:
        out[...] = array
        return out
    once = array[tuple([0 if stride == 0 else slice(None) for stride in array.strides])]
    source, flat = np.ascontiguousarray(once).reshape(-1), out.reshape(-1)
    if len(source) == 1:
        _fill(flat, source[0], out.size, out.size)
    else:
        _, _, many, columns = sizes
        count = out.size // (columns if columns > 1 else many)
        _repeat(source, flat, sizes, count, out.size)
    return out


@lru_cache(maxsize=512)
def _repeats(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """How often all is repeated, how many parts it has, how often each is, and its size; None for others."""
    sizes = [1, 1, 1, 1]
    at = 0
    for size, step in _joined(shape, strides):
        at += (step == 0) == (at % 2 == 1)
        if at > 3:
            return None
        sizes[at] = size
        at += 1
    if at == 2:
        # One part, not many of size 1.
        sizes = [1, 1, sizes[0], sizes[1]]
    return sizes[0], sizes[1], sizes[2], sizes[3]


@lru_cache(maxsize=512)
def _turn(shape: tuple[int, ...], strides: tuple[int, ...]) -> _Turn | None:
    """How an array of this layout is copied; None unless it is a row-major one with few dims permuted."""
    order = tuple(sorted(range(len(shape)), key=lambda dim: -strides[dim]))
    step = 4
    for dim in reversed(order):
        if strides[dim] != step and shape[dim] > 1:
            return None
        step *= shape[dim]
    dims = _joined(shape, strides)
    if not 2 <= len(dims) <= 4:
        return None
    sizes = [size for size, _ in dims]
    steps = [math.prod(sizes[at + 1 :]) for at in range(len(sizes))]
    whole = dims[-1][1] == 1
    fast = len(dims) - 2 if whole else next(at for at, (_, step) in enumerate(dims) if step == 1)
    outer = [at for at in range(len(dims) - 1) if at != fast]
    a, b = [(1, 0, 0)] * (2 - len(outer)) + [(sizes[at], dims[at][1], steps[at]) for at in outer]
    return _Turn(
        order,
        (a[0], b[0], sizes[fast], sizes[-1]),
        (a[1], b[1], dims[fast if whole else -1][1]),
        (a[2], b[2], steps[fast]),
        whole,
    )


def _joined(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[tuple[int, int]]:
    """Sizes and steps in elements, neighbours that lie like one dimension joined."""
    dims: list[tuple[int, int]] = []
    for size, stride in zip(shape, strides, strict=True):
        step = stride // 4
        if size == 1:
            continue
        if dims and dims[-1][1] == step * size:
            dims[-1] = dims[-1][0] * size, step
        else:
            dims.append((size, step))
    return dims


@shared
def _copy(
    source: Array,
    out: Array,
    sizes: tuple[int, int, int, int],
    source_steps: tuple[int, int, int],
    copy_steps: tuple[int, int, int],
    start: int,
    stop: int,
) -> None:
    """Some of the blocks of runs, of all a and b."""
    _, b_size, runs, columns = sizes
    blocks = (runs + _BLOCK - 1) // _BLOCK
    apart, row = np.uint64(source_steps[2]), copy_steps[2]
    whole = columns // 8 * 8
    for number in range(start, stop):
        both, block = divmod(number, blocks)
        a, b = divmod(both, b_size)
        first, last = block * _BLOCK, min(block * _BLOCK + _BLOCK, runs)
        given = a * source_steps[0] + b * source_steps[1]
        made = a * copy_steps[0] + b * copy_steps[1]
        for j in range(0, whole, 8):
            for i in range(first, last):
                # Unsigned indices are not looked at for being negative.
                at, to = np.uint64(given + j * source_steps[2] + i), np.uint64(made + i * row + j)
                out[to] = source[at]
                out[to + np.uint64(1)] = source[at + apart]
                out[to + np.uint64(2)] = source[at + np.uint64(2) * apart]
                out[to + np.uint64(3)] = source[at + np.uint64(3) * apart]
                out[to + np.uint64(4)] = source[at + np.uint64(4) * apart]
                out[to + np.uint64(5)] = source[at + np.uint64(5) * apart]
                out[to + np.uint64(6)] = source[at + np.uint64(6) * apart]
                out[to + np.uint64(7)] = source[at + np.uint64(7) * apart]
        for i in range(first, last):
            for j in range(whole, columns):
                out[np.uint64(made + i * row + j)] = source[np.uint64(given + j * source_steps[2] + i)]


@shared
def _copy_runs(
    source: Array,
    out: Array,
    sizes: tuple[int, int, int, int],
    source_steps: tuple[int, int, int],
    copy_steps: tuple[int, int, int],
    start: int,
    stop: int,
) -> None:
    """The runs of some of all a and b, which lie side by side in the source and in the copy."""
    _, b_size, runs, columns = sizes
    whole = columns // 8 * 8
    for both in range(start, stop):
        a, b = divmod(both, b_size)
        for run in range(runs):
            given = np.uint64(a * source_steps[0] + b * source_steps[1] + run * source_steps[2])
            made = np.uint64(a * copy_steps[0] + b * copy_steps[1] + run * copy_steps[2])
            for j in range(0, whole, 8):
                _copy_eight(source, given + np.uint64(j), out, made + np.uint64(j))
            for j in range(whole, columns):
                out[made + np.uint64(j)] = source[given + np.uint64(j)]


@inlined
def _copy_eight(source: Array, at: np.uint64, out: Array, to: np.uint64) -> None:
    """All are read before one is written, so that one vector instruction can do each."""
    first, second = source[at], source[at + np.uint64(1)]
    third, fourth = source[at + np.uint64(2)], source[at + np.uint64(3)]
    fifth, sixth = source[at + np.uint64(4)], source[at + np.uint64(5)]
    seventh, eighth = source[at + np.uint64(6)], source[at + np.uint64(7)]
    out[to], out[to + np.uint64(1)] = first, second
    out[to + np.uint64(2)], out[to + np.uint64(3)] = third, fourth
    out[to + np.uint64(4)], out[to + np.uint64(5)] = fifth, sixth
    out[to + np.uint64(6)], out[to + np.uint64(7)] = seventh, eighth


@shared
def _copy_part(source: Array, out: Array, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = source[i]


@shared
def _fill(out: Array, value: np.float32, start: int, stop: int) -> None:
    for i in indices(start, stop):
        out[i] = value


@shared
def _repeat(source: Array, out: Array, sizes: tuple[int, int, int, int], start: int, stop: int) -> None:
    """Some of the rows of the copy: each one of the parts, or one number of the source many times."""
    _, parts, many, columns = sizes
    if columns == 1:
        for row in range(start, stop):
            for i in indices(row * many, row * many + many):
                out[i] = source[row % parts]
    else:
        for row in range(start, stop):
            given, made = np.uint64(row // many % parts * columns), np.uint64(row * columns)
            for j in range(columns):
                out[made + np.uint64(j)] = source[given + np.uint64(j)]
