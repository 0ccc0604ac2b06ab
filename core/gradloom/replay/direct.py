"""Functions that only hand their arguments on to a kernel, for which a line may as well call the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.kernels.counterpart import KernelCall
from gradloom.replay.comparison import PLAIN

LEFT_TO_KERNELS = frozenset(("cross_entropy",))
"""Ops that look at no whole numbers in arrays themselves, as their kernels do."""


def kernel_alone(
    calls: Sequence[KernelCall], inputs: Sequence[Any], result: Any, op: str
) -> KernelCall | None:
    """The one kernel that an op or its rule called if that was all it did, with its arguments among `inputs`.

    Whole numbers and truth values in an array may be something that it looks at, such as places that could be
    out of range, so there must be none.
    """
    kinds = "fiub" if op in LEFT_TO_KERNELS else "f"
    if len(calls) != 1 or not all(_only_handed_on(each, kinds) for each in inputs):
        return None
    (call,) = calls
    given = [_among(inputs, each) for each in call.args]
    made = call.result if type(call.result) is tuple else (call.result,)
    several = result if type(result) in (list, tuple) else (result,)
    if _UNKNOWN in map(type, (*given, *[_among(made, each) for each in several])):
        return None
    return call._replace(args=tuple(given))


class _Unknown: ...


_UNKNOWN = _Unknown


def _only_handed_on(value: Any, kinds: str) -> bool:
    if type(value) is np.ndarray:
        return value.dtype.kind in kinds
    if type(value) in (list, tuple):
        return all(_only_handed_on(each, "") for each in value)
    return value is None or isinstance(value, PLAIN)


def _among(values: Sequence[Any], wanted: Any) -> Any:
    """The one of `values` that is the same as `wanted`; names, flags, ufuncs and None are what they are."""
    for each in values:
        if each is wanted:
            return each
    known = {id(each): each for each in values if alike(each, wanted)}
    if len(known) == 1:
        return known.popitem()[1]
    return wanted if wanted is None or type(wanted) in (bool, str, np.ufunc) else _UNKNOWN()


def alike(one: Any, other: Any) -> bool:
    """Whether two arrays are the same memory seen in the same way."""
    if type(one) is not np.ndarray or type(other) is not np.ndarray:
        return False
    return one.dtype == other.dtype and _seen(one) == _seen(other)


def _seen(array: Any) -> tuple[Any, ...]:
    return array.__array_interface__["data"], array.shape, array.strides
