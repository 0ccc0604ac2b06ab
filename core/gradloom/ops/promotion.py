"""How the inputs of one op come to a common dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom import dtypes

_ndarray = np.ndarray


def meet(raw: list[Any], positions: tuple[int, ...], floating: bool) -> None:
    """Bring the values at `positions`, arrays or numbers, to the dtype that PyTorch computes in; in place.

    Args:
        raw: the arguments of an op.
        positions: which of them meet.
        floating: whether integers become the default floating-point dtype even among themselves.
    """
    if len(positions) == 1:
        value = raw[positions[0]]
        if type(value) is _ndarray and (not floating or value.dtype.kind == "f"):
            return
    else:
        first, second = raw[positions[0]], raw[positions[1]]
        if type(first) is _ndarray:
            kind = type(second)
            if kind is _ndarray:
                alike = first.dtype == second.dtype
            else:
                alike = kind is float or kind is int
            if alike and first.dtype.kind == "f" and len(positions) == 2:
                return
    _convert(raw, positions, floating)


def _convert(raw: list[Any], positions: tuple[int, ...], floating: bool) -> None:
    common = dtypes.of_operands([raw[at] for at in positions if raw[at] is not None])
    if floating and not common.is_floating_point:
        common = dtypes.get_default_dtype()
    for at in positions:
        if raw[at] is not None:
            raw[at] = np.asarray(raw[at], dtype=common.numpy)


def meet_all(arrays: list[Any]) -> list[Any]:
    """The same for a sequence of arrays."""
    first = arrays[0].dtype
    if all(each.dtype == first for each in arrays):
        return arrays
    common = dtypes.of_operands(arrays).numpy
    return [each.astype(common, copy=False) for each in arrays]
