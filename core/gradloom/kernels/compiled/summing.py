"""Sums along dimensions: float32 within a short stretch, and float64 from stretch to stretch."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import groupby
from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.jit import inlined, jit

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

_0 = np.float32(0)

# How many numbers, or rows of them, are added in float32, how many stretches of numbers are one thread's at
# least, and how many columns are added beside each other.
_STRETCH, ROWS, _STRETCHES, _STRIP = 512, 32, 64, 256

# What adding a number takes, in multiply-adds.
_WORK = 1


def sum_over(array: Array, axes: tuple[int, ...], keepdims: bool) -> Array:
    shape, steps = _plan(array.shape, axes, keepdims)
    for step in steps:
        array = _along_the_middle(array.reshape(step))
    return array.reshape(shape)


@lru_cache(maxsize=512)
def _plan(shape: Shape, axes: tuple[int, ...], keepdims: bool) -> tuple[Shape, list[tuple[int, int, int]]]:
    """The shape of the sums, and three-dimensional shapes whose middles are to be summed in turn."""
    runs = [
        (gone, math.prod([shape[dim] for dim in dims]))
        for gone, dims in groupby(range(len(shape)), key=lambda dim: dim in axes)
    ]
    steps = []
    for at in reversed(range(len(runs))):
        if runs[at][0]:
            left = math.prod([size for _, size in runs[:at]])
            right = math.prod([size for gone, size in runs[at + 1 :] if not gone])
            steps.append((left, runs[at][1], right))
    kept = [1 if dim in axes else size for dim, size in enumerate(shape)]
    return tuple(kept if keepdims else [size for dim, size in enumerate(shape) if dim not in axes]), steps


def _along_the_middle(given: Array) -> Array:
    """(n, m, k) -> (n, k)."""
    n, m, k = given.shape
    if k != 1:
        sums, strips = np.empty((n, k), np.float32), -(-k // _STRIP)
        _columns(given, sums, n * strips, _WORK * given.size)
        return sums
    flat = given.reshape(n, m)
    if n == 1 and m > 2 * _STRETCH * _STRETCHES:
        parts = np.empty(-(-m // (_STRETCH * _STRETCHES)), np.float64)
        _stretches(flat[0], parts, len(parts), _WORK * m)
        return np.asarray(parts.sum(), np.float32)
    sums = np.empty(n, np.float32)
    _rows(flat, sums, n, _WORK * given.size)
    return sums


@jit
def _total(numbers: Array) -> float:
    total = 0.0
    for start in range(0, len(numbers), _STRETCH):
        stretch = numbers[start : start + _STRETCH]
        found = _0
        for i in range(len(stretch)):
            found += stretch[i]
        total += float(found)
    return total


@shared
def _stretches(numbers: Array, sums: Array, start: int, stop: int) -> None:
    size = _STRETCH * _STRETCHES
    for part in range(start, stop):
        sums[part] = _total(numbers[part * size : part * size + size])


@shared
def _rows(rows: Array, sums: Array, start: int, stop: int) -> None:
    for i in range(start, stop):
        sums[i] = _total(rows[i])


@shared
def _columns(given: Array, sums: Array, start: int, stop: int) -> None:
    sum_columns(given, sums, start, stop)


@inlined
def strips_of(sums: Array) -> int:
    """How many strips of columns there are."""
    return int((sums.size + _STRIP - 1) // _STRIP)


@jit
def sum_columns(given: Array, sums: Array, start: int, stop: int) -> None:
    """Some of the strips of columns of all matrices."""
    _, rows, columns = given.shape
    strips = (columns + _STRIP - 1) // _STRIP
    stretch, total = np.empty(_STRIP, np.float32), np.empty(_STRIP, np.float64)
    for number in range(start, stop):
        matrix, strip = divmod(number, strips)
        left = strip * _STRIP
        wide = min(_STRIP, columns - left)
        for j in range(wide):
            total[j] = 0.0
        for first in range(0, rows, ROWS):
            for j in range(wide):
                stretch[j] = _0
            for i in range(first, min(first + ROWS, rows)):
                row = given[matrix, i, left:]
                for j in range(wide):
                    stretch[j] += row[j]
            for j in range(wide):
                total[j] += stretch[j]
        for j in range(wide):
            sums[matrix, left + j] = total[j]
