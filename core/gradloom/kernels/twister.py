"""The Mersenne Twister MT19937, seeded as PyTorch and NumPy's RandomState both do."""

from __future__ import annotations

import ctypes
import os
from typing import Any, Self
from weakref import WeakValueDictionary

import numpy as np

from gradloom.dtypes import Array

_WORDS = 624


class Twister:
    """A generator of raw 32-bit words.

    Attributes:
        generator: NumPy's.
        memory: its 624 words and, behind them, how many of those are used up: uint32 that compiled code draws
            from.
    """

    __slots__ = ("__weakref__", "generator", "memory")

    def __init__(self, generator: np.random.MT19937) -> None:
        _twisters[id(self)] = self
        self._draw_from(generator)

    def _draw_from(self, generator: np.random.MT19937) -> None:
        self.generator: Any = generator
        held: Any = (ctypes.c_uint32 * (_WORDS + 1)).from_address(self.generator.ctypes.state_address)
        self.memory: Array = np.frombuffer(held, np.uint32)

    @classmethod
    def seeded(cls, seed: int) -> Self:
        """Of a seed's low 32 bits."""
        generator: Any = np.random.MT19937(0)
        generator.state = np.random.RandomState(seed & 0xFFFFFFFF).get_state(legacy=False)
        return cls(generator)

    @classmethod
    def at(cls, key: Array, used: int) -> Self:
        """One with these 624 words, of which so many are used up."""
        generator: Any = np.random.MT19937(0)
        inner: Any = {"key": key, "pos": used}
        generator.state = {"bit_generator": "MT19937", "state": inner}
        return cls(generator)

    def __reduce__(self) -> tuple[type[Twister], tuple[Any]]:
        # A copy has a generator of its own, and so other memory.
        return type(self), (self.generator,)

    def renew(self) -> None:
        """Go on with a generator whose lock nobody holds."""
        self._draw_from(self.at(self.memory[:_WORDS], int(self.memory[_WORDS])).generator)


_twisters: WeakValueDictionary[int, Twister] = WeakValueDictionary()


def _renew_all() -> None:
    """In a forked process, which may lack a thread that was drawing."""
    for twister in list(_twisters.values()):
        twister.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
