"""Results written into the memory of an operand that nobody needs any more."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

import numpy as np

LEAST = 2**14
"""Elements; a smaller array and its result are in the cache together."""


def can_reuse(function: Callable[..., Any], result: Any) -> bool:
    """Whether a kernel can write a result like this into one of its operands, `into`, and it is worth it."""
    if type(result) is not np.ndarray or result.size < LEAST:
        return False
    try:
        return "into" in signature(function).parameters
    except (TypeError, ValueError):  # a function of C without a signature
        return False


def reusing(
    function: Callable[..., Any], pick: Callable[[Sequence[Any]], tuple[Any, ...]], dying: tuple[int, ...]
) -> Callable[[Sequence[Any]], Any]:
    """`function` of what `pick` takes from all places, written into the first of `dying` that only they hold.

    Who holds an array is counted when it matters: another place, a tensor, a view, or whatever else.
    """

    def run(places: Sequence[Any]) -> Any:
        for at in dying:
            if type(places[at]) is np.ndarray and _is_ours_alone(places, at):
                return function(*pick(places), into=places[at])
        return function(*pick(places))

    return run


def _is_ours_alone(places: Sequence[Any], at: int) -> bool:
    """Whether only `places` holds the array, which is row-major, and the memory in which it lies."""
    if not places[at].flags.carray or sys.getrefcount(places[at]) != _ALONE:
        return False
    if places[at].base is None:
        return bool(places[at].flags.owndata)
    return (
        type(places[at].base) is np.ndarray
        and places[at].base.base is None
        and bool(places[at].base.flags.owndata)
        and sys.getrefcount(places[at].base) == _ALONE
    )


def _references(places: Sequence[Any], at: int) -> int:
    return sys.getrefcount(places[at])


_ALONE = _references([np.empty(1)], 0)
"""References to an array that only a list holds, as they are counted here."""
