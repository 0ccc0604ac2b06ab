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
from gradloom.kernels import drawing
from gradloom.kernels.twister import Twister

_DEFAULT_SEED = 67280421310721


class Stream:
    """A seeded source of random numbers, each method drawing as PyTorch's function of that name does."""

    __slots__ = ("_seed", "_spare", "_twister")

    def __init__(self, seed: int | None = _DEFAULT_SEED) -> None:
        self._twister: Twister | None = None
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

    @property
    def _source(self) -> Twister:
        if self._twister is None:
            self._twister = Twister.seeded(self._seed)
        return self._twister

    def state(self) -> Array:
        """All there is to know for going on from here, as a vector of uint64."""
        *key, used = self._source.memory.tolist()
        spare = [0.0 if self._spare is None else self._spare]
        tail = [used, int(self._spare is not None), *np.array(spare).view(np.uint64)]
        return np.array([self._seed & (2**64 - 1), *key, *tail], dtype=np.uint64)

    def restore(self, state: Array) -> None:
        """Go on from a `state`; RuntimeError if it is not one."""
        if state.shape != (628,) or state.dtype != np.uint64:
            raise RuntimeError("the state of a generator is a vector of 628 uint64 numbers")
        self._twister = Twister.at(state[1:625].astype(np.uint32), int(state[625]))
        self._seed = int(state[0])
        self._spare = float(state[627:].view(np.float64)[0]) if state[626] else None

    def words(self, count: int) -> Array:
        """Raw 32-bit words, as uint64."""
        return drawing.words(self._source, count)

    def words64(self, count: int) -> Array:
        """64-bit words, each of two raw ones, the high half first."""
        return drawing.words64(self._source, count)

    def uniform(self, shape: tuple[int, ...], dtype: Any, low: float = 0.0, high: float = 1.0) -> Array:
        """Uniform in [low, high): 53 random bits for float64, 24 for float32, which float16 rounds."""
        count = math.prod(shape)
        kind = np.dtype(dtype).type
        whole = (low, high) == (0.0, 1.0)
        if kind is np.float64:
            unit = drawing.doubles(self._source, count)
            return (unit if whole else np.asarray(unit * (high - low) + low)).reshape(shape)
        drawn = drawing.floats(self._source, count)
        if not whole:
            # PyTorch's multiply-add rounds once; in double precision the product is exact.
            drawn = (drawn * np.float64(np.float32(high) - np.float32(low)) + np.float32(low)).astype(
                np.float32
            )
        return drawn.astype(kind, copy=False).reshape(shape)

    def uniform_doubles(self, count: int) -> Array:
        """Uniform doubles in [0, 1)."""
        return drawing.doubles(self._source, count)

    def normal(self, shape: tuple[int, ...], dtype: Any, mean: float = 0.0, std: float = 1.0) -> Array:
        """Normally distributed numbers: Box-Muller one by one below 16, in blocks of 16 from there."""
        count = math.prod(shape)
        if count < 16:
            return np.asarray(self.normal_doubles(count) * std + mean, dtype).reshape(shape)
        values = self._normal_blocks(count, np.dtype(dtype))
        if (mean, std) != (0.0, 1.0):
            values = values * values.dtype.type(std) + values.dtype.type(mean)
        return values.astype(dtype, copy=False).reshape(shape)

    def normal_one(self) -> float:
        """One normally distributed double; the second of each pair is kept for the next call."""
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        first, self._spare = drawing.normal_pairs(self._source, 1).tolist()
        return float(first)

    def normal_doubles(self, count: int) -> Array:
        """As many of `normal_one`."""
        if count and self._spare is not None:
            return np.concatenate(([self.normal_one()], self.normal_doubles(count - 1)))
        drawn = drawing.normal_pairs(self._source, (count + 1) // 2)
        if count % 2:
            self._spare = float(drawn[-1])
        return drawn[:count]

    def _normal_blocks(self, count: int, dtype: Any) -> Array:
        kind = np.float64 if dtype == np.float64 else np.float32
        whole = count - count % 16
        # Half precision draws for whole blocks only, the others for the rest too, before it is drawn anew.
        unit = self.uniform((whole if dtype.itemsize == 2 else count,), kind)
        result: Array = np.empty(count, kind)
        drawing.normal_blocks(unit[:whole], result[:whole])
        if whole < count:
            drawing.normal_blocks(self.uniform((16,), kind), result[count - 16 :])
        return result

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> Array:
        """Integers in [low, high), as int64: a raw word (two for wide ranges) modulo the range."""
        return drawing.integers(self._source, math.prod(shape), low, high - low).reshape(shape)

    def permutation(self, count: int) -> Array:
        """The numbers 0 to count - 1 in random order, as int64."""
        return drawing.order(self._source, count)

    def bernoulli(
        self, shape: tuple[int, ...], p: float, value: float = 1.0, dtype: Any = np.float32
    ) -> Array:
        """`value` with probability p, by a uniform double each, and otherwise 0."""
        if dtype == np.float32:
            return drawing.hits(self._source, math.prod(shape), p, value).reshape(shape)
        drawn = drawing.hits(self._source, math.prod(shape), p, 1.0).astype(dtype).reshape(shape)
        return np.asarray(drawn * np.asarray(value, dtype))

    def exponential(self, shape: tuple[int, ...], dtype: Any, rate: float = 1.0) -> Array:
        """Exponentially distributed numbers: -log(1 - u) / rate, u a uniform double."""
        drawn = -np.log1p(-self.uniform_doubles(math.prod(shape))) / rate
        return drawn.astype(dtype).reshape(shape)
