"""Whether two recordings of a step are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.replay.program import Line


def same_lines(lines: Sequence[Line], others: Sequence[Line]) -> bool:
    """Whether they do the same with what stands at the same places."""
    return len(lines) == len(others) and all(
        line.inputs == other.inputs and line.places == other.places and same(line.key, other.key)
        for line, other in zip(lines, others, strict=True)
    )


def same(one: Any, other: Any) -> bool:
    """Whether two constants are the same; arrays and other objects have to be the same object."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, slice):
        return same((one.start, one.stop, one.step), (other.start, other.stop, other.step))
    return isinstance(one, PLAIN) and bool(one == other or one != one)


PLAIN = (bool, int, float, complex, str, bytes, np.dtype, np.generic, type)
