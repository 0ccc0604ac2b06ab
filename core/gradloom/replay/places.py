"""Which value stands where in a step that is being written down, and whether it still is what it was."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import Any
from zlib import crc32

import numpy as np

from gradloom.dtypes import Array


class Places:
    """Numbered places, and the values that stand there, known by identity.

    Args:
        differs: called when an array holds something else than at the last look.

    Attributes:
        values: what stands at each place before the first line: constants, None for the rest.
        shared: places whose array stands somewhere else as well, or is a view.
    """

    def __init__(self, differs: Callable[[], None]) -> None:
        self.values: list[Any] = []
        self.shared: set[int] = set()
        self._differs = differs
        self._places: dict[int, int] = {}
        self._constants: set[int] = set()
        self._alive: dict[int, Any] = {}
        self._contents: dict[int, int] = {}

    def __contains__(self, value: Any) -> bool:
        return id(value) in self._places

    def is_constant(self, array: Array) -> bool:
        """Whether the array was used and was there before the step, as no argument."""
        return id(array) in self._constants

    def is_made(self, array: Array) -> bool:
        """Whether the array is an argument or what a line gave."""
        return id(array) in self._places and id(array) not in self._constants

    def new(self) -> int:
        """A place where nothing stands yet."""
        self.values.append(None)
        return len(self.values) - 1

    def of(self, value: Any) -> int | None:
        """Where the value stands, if it is known; its content is compared with what it was."""
        known = self._places.get(id(value))
        if known is not None:
            self._look_at(value)
        return known

    def keep(self, value: Any) -> int:
        """The value as a constant at a new place."""
        place = self.new()
        self.values[place] = value
        if isinstance(value, np.ndarray):
            self._places[id(value)] = place  # `values` keeps it alive
            self._constants.add(id(value))
            self._contents[id(value)] = _digest(value)
        return place

    def put(self, value: Any, place: int) -> None:
        """From now on `value` is what stands at `place`."""
        if isinstance(value, np.ndarray):
            number = id(value)
            if number in self._places:
                self.shared.update((place, self._places[number]))
            self._places[number] = place
            self._alive[number] = weakref.ref(value, partial(self._forget, number))
            self._contents[number] = _digest(value)
        elif not isinstance(value, _SHARED):
            self._places[id(value)] = place
            self._alive[id(value)] = value

    def changed(self, written: Array) -> None:
        """What lies in the memory of `written` holds something else from now on."""
        for array in self._arrays():
            if np.may_share_memory(array, written):
                self._contents[id(array)] = _digest(array)

    def constants_changed(self, others: Iterable[Array]) -> None:
        """Any constant, and any of `others` that is known, may hold something else from now on."""
        for array in chain(self.values, others):
            if isinstance(array, np.ndarray) and id(array) in self._contents:
                self._contents[id(array)] = _digest(array)

    def look_at_constants(self) -> None:
        """Compare the contents of all constants with what they were."""
        for value in self.values:
            self._look_at(value)

    def clear(self) -> None:
        """Forget which objects stand where, but not the constants."""
        self._places.clear()
        self._alive.clear()

    def _arrays(self) -> list[Array]:
        living = [each() if isinstance(each, weakref.ref) else None for each in self._alive.values()]
        return [each for each in (*living, *self.values) if isinstance(each, np.ndarray)]

    def _forget(self, number: int, reference: Any) -> None:
        if self._alive.get(number) is reference:
            del self._alive[number], self._places[number]
            self._contents.pop(number, None)

    def _look_at(self, value: Any) -> None:
        if isinstance(value, np.ndarray) and _digest(value) != self._contents[id(value)]:
            self._differs()


_SHARED = (bool, int, str, type, type(None))
"""What Python has one object of for many uses, so that its identity says nothing."""


def _digest(array: Array) -> int:
    return crc32(np.ascontiguousarray(array).view(np.uint8).data) if array.size else 0
