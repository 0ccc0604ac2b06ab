"""PyTorch's CPU random stream, on arrays.

Both PyTorch and NumPy draw from MT19937 with the same seeding, so one seed gives the same raw 32-bit words.
The recipes that turn words into numbers are those of PyTorch's ATen/core/DistributionsHelper.h and
ATen/native/cpu/DistributionTemplates.h; the oracle tests compare them.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from gradloom.dtypes import Array

_WORD = 0xFFFFFFFF
_DEFAULT_SEED = 67280421310721


class Stream:
    """A seeded source of random numbers, each method drawing as PyTorch's function of that name does."""

    __slots__ = ("_seed", "_spare", "_twister")

    def __init__(self, seed: int | None = _DEFAULT_SEED) -> None:
        self._twister: Any = None
        self._spare: float | None = None
        self._seed = int.from_bytes(os.urandom(8), "little") >> 1 if seed is None else seed

    @property
    def seed(self) -> int:
        """The seed that the stream began with."""
        return self._seed

    def reseed(self, seed: int) -> None:
        """Begin anew. Only the low 32 bits count, as in PyTorch."""
        self._seed = seed
        self._spare = None
        self._twister = None

    def _source(self) -> Any:
        if self._twister is None:
            self._twister = np.random.MT19937()
            legacy = np.random.RandomState(self._seed & _WORD)
            self._twister.state = legacy.get_state(legacy=False)
        return self._twister

    def state(self) -> Array:
        """All there is to know for going on from here, as a vector of uint64."""
        inner = self._source().state["state"]
        spare = [0.0 if self._spare is None else self._spare]
        tail = [int(inner["pos"]), int(self._spare is not None), *np.array(spare).view(np.uint64)]
        return np.array([self._seed & (2**64 - 1), *inner["key"], *tail], dtype=np.uint64)

    def restore(self, state: Array) -> None:
        """Go on from a `state`; RuntimeError if it is not one."""
        if state.shape != (628,) or state.dtype != np.uint64:
            raise RuntimeError("the state of a generator is a vector of 628 uint64 numbers")
        twister = np.random.MT19937()
        inner: Any = {"key": state[1:625].astype(np.uint32), "pos": int(state[625])}
        twister.state = {"bit_generator": "MT19937", "state": inner}
        self._twister, self._seed = twister, int(state[0])
        self._spare = float(state[627:].view(np.float64)[0]) if state[626] else None

    def words(self, count: int) -> Array:
        """Raw 32-bit words, as uint64."""
        drawn: Array = self._source().random_raw(count)
        return drawn

    def words64(self, count: int) -> Array:
        """64-bit words, each of two raw ones, the high half first."""
        pairs = self.words(2 * count).reshape(count, 2)
        return (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]

    def uniform(self, shape: tuple[int, ...], dtype: Any, low: float = 0.0, high: float = 1.0) -> Array:
        """Uniform in [low, high): 53 random bits for float64, 24 for float32, which float16 rounds."""
        count = math.prod(shape)
        kind = np.dtype(dtype).type
        if kind is np.float64:
            unit = (self.words64(count) & np.uint64(2**53 - 1)) * 2.0**-53
            return np.asarray(unit * (high - low) + low).reshape(shape)
        drawn = (self.words(count) & np.uint64(2**24 - 1)).astype(np.float32) * np.float32(2.0**-24)
        if (low, high) != (0.0, 1.0):
            # PyTorch's multiply-add rounds once; in double precision the product is exact.
            drawn = (drawn * np.float64(np.float32(high) - np.float32(low)) + np.float32(low)).astype(
                np.float32
            )
        return drawn.astype(kind, copy=False).reshape(shape)

    def uniform_doubles(self, count: int) -> Array:
        """Uniform doubles in [0, 1)."""
        return self.uniform((count,), np.float64)

    def normal(self, shape: tuple[int, ...], dtype: Any, mean: float = 0.0, std: float = 1.0) -> Array:
        """Normally distributed numbers: Box-Muller one by one below 16, in blocks of 16 from there."""
        count = math.prod(shape)
        if count >= 16:
            values = self._normal_blocks(count, np.dtype(dtype))
            return np.asarray(values * values.dtype.type(std) + values.dtype.type(mean), dtype).reshape(shape)
        drawn = [self.normal_one() * std + mean for _ in range(count)]
        return np.array(drawn, dtype).reshape(shape)

    def normal_one(self) -> float:
        """One normally distributed double; the second of each pair is kept for the next call."""
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        first, second = self.uniform_doubles(2).tolist()
        radius = math.sqrt(-2.0 * math.log1p(-second))
        angle = 2.0 * math.pi * first
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def _normal_blocks(self, count: int, dtype: Any) -> Array:
        kind = np.float64 if dtype == np.float64 else np.float32
        whole = count - count % 16
        # Half precision draws for whole blocks only, the others for the rest too, before it is drawn anew.
        unit = self.uniform((whole if dtype.itemsize == 2 else count,), kind)
        result: Array = np.empty(count, kind)
        result[:whole] = _box_muller(unit[:whole])
        if whole < count:
            result[count - 16 :] = _box_muller(self.uniform((16,), kind))
        return result

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> Array:
        """Integers in [low, high), as int64: a raw word (two for wide ranges) modulo the range."""
        count, span = math.prod(shape), high - low
        words = self.words64(count) if span >= 2**28 else self.words(count)
        return (words % np.uint64(span)).astype(np.int64).reshape(shape) + low

    def permutation(self, count: int) -> Array:
        """The numbers 0 to count - 1 in random order, as int64: Fisher-Yates from the front."""
        order = list(range(count))
        if count > 1:
            left = np.arange(count, 1, -1).astype(np.uint64)
            for at, jump in enumerate((self.words(count - 1) % left).tolist()):
                order[at], order[at + jump] = order[at + jump], order[at]
        return np.array(order, dtype=np.int64)

    def bernoulli(self, shape: tuple[int, ...], p: float) -> Array:
        """True with probability p, by a uniform double each."""
        return (self.uniform_doubles(math.prod(shape)) < p).reshape(shape)

    def exponential(self, shape: tuple[int, ...], dtype: Any, rate: float = 1.0) -> Array:
        """Exponentially distributed numbers: -log(1 - u) / rate, u a uniform double."""
        drawn = -np.log1p(-self.uniform_doubles(math.prod(shape))) / rate
        return drawn.astype(dtype).reshape(shape)


def _box_muller(unit: Array) -> Array:
    """Blocks of 8 + 8 uniform numbers as 8 + 8 normal ones."""
    blocks = unit.reshape(-1, 2, 8)
    radius = np.sqrt(-2 * np.log(1 - blocks[:, 0]))
    angle = unit.dtype.type(2 * math.pi) * blocks[:, 1]
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1).reshape(-1)
