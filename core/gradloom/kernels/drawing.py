"""Numbers out of a Mersenne Twister's words, by the recipes of PyTorch's ATen/core/DistributionsHelper.h.

All functions advance the twister that they are given.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.counterpart import compiled
from gradloom.kernels.counterpart import floats as single
from gradloom.kernels.twister import Twister

_MANY = 2**19
"""Numbers at once that compiled code draws sooner than NumPy, by more than the time to compile it."""


def _always(*_: Any) -> bool:
    return True


def _many(twister: Twister, count: int, *_: Any) -> bool:
    return count >= _MANY


@compiled(when=_many)
def words(twister: Twister, count: int) -> Array:
    """Raw 32-bit words, as uint64."""
    return np.asarray(twister.generator.random_raw(count))


@compiled(when=_many)
def words64(twister: Twister, count: int) -> Array:
    """64-bit words, each of two raw ones, the high half first."""
    pairs = twister.generator.random_raw(2 * count).reshape(count, 2)
    return np.asarray((pairs[:, 0] << np.uint64(32)) | pairs[:, 1])


@compiled(when=_many)
def floats(twister: Twister, count: int) -> Array:
    """Uniform float32 in [0, 1), of 24 random bits."""
    drawn = twister.generator.random_raw(count) & np.uint64(2**24 - 1)
    return np.asarray(drawn.astype(np.float32) * np.float32(2.0**-24))


@compiled(when=_many)
def doubles(twister: Twister, count: int) -> Array:
    """Uniform float64 in [0, 1), of 53 random bits."""
    return np.asarray((words64(twister, count) & np.uint64(2**53 - 1)) * 2.0**-53)


@compiled(when=_always)
def hits(twister: Twister, count: int, chance: float, value: float) -> Array:
    """`value` with this chance, by a uniform double each, and otherwise 0, as float32."""
    return np.asarray((doubles(twister, count) < chance) * np.float32(value))


@compiled(when=_many)
def integers(twister: Twister, count: int, low: int, span: int) -> Array:
    """Integers from `low`, int64: raw words (of 64 bits for wide ranges) modulo `span`."""
    drawn = words64(twister, count) if span >= 2**28 else words(twister, count)
    return np.asarray((drawn % np.uint64(span)).astype(np.int64) + low)


@compiled(when=_always)
def order(twister: Twister, count: int) -> Array:
    """The numbers 0 to count - 1 in random order, as int64: Fisher-Yates from the front."""
    numbers = list(range(count))
    if count > 1:
        left = np.arange(count, 1, -1).astype(np.uint64)
        for at, jump in enumerate((words(twister, count - 1) % left).tolist()):
            numbers[at], numbers[at + jump] = numbers[at + jump], numbers[at]
    return np.array(numbers, np.int64)


@compiled(when=_always)
def normal_pairs(twister: Twister, pairs: int) -> Array:
    """Normally distributed doubles, two of each pair of uniform ones (Box and Muller, 1958)."""
    unit = doubles(twister, 2 * pairs).reshape(pairs, 2)
    # Python's functions: NumPy's differ from PyTorch's in the last bit.
    radii = [math.sqrt(-2.0 * math.log1p(-each)) for each in unit[:, 1].tolist()]
    angles = [2.0 * math.pi * each for each in unit[:, 0].tolist()]
    both = zip(radii, angles, strict=True)
    drawn = [(radius * math.cos(angle), radius * math.sin(angle)) for radius, angle in both]
    return np.array(drawn, np.float64).reshape(-1)


@compiled(when=single)
def normal_blocks(unit: Array, out: Array) -> None:
    """Blocks of 8 + 8 uniform numbers as 8 + 8 normally distributed ones, written to `out`."""
    blocks, made = unit.reshape(-1, 2, 8), out.reshape(-1, 2, 8)
    radius = np.sqrt(-2 * np.log(1 - blocks[:, 0]))
    angle = unit.dtype.type(2 * math.pi) * blocks[:, 1]
    np.multiply(radius, np.cos(angle), out=made[:, 0])
    np.multiply(radius, np.sin(angle), out=made[:, 1])
