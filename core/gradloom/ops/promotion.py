"""How the inputs of one op come to a common dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.ops.op import Explain

_ndarray = np.ndarray


def meet(raw: list[Any], positions: tuple[int, ...], floating: bool) -> None:
    """Bring the values at `positions`, arrays or numbers, to the dtype that PyTorch computes in; in place.

    Args:
        raw: the arguments of an op.
        positions: which of them meet.
        floating: whether integers become the default floating-point dtype even among themselves.
    """
    first: Any = None
    weak = floating
    for at in positions:
        value = raw[at]
        if type(value) is _ndarray:
            if first is None:
                first = value.dtype
            elif value.dtype is not first and value.dtype != first:
                return _convert(raw, positions, floating)
        elif value is not None:
            kind = type(value)
            if kind is not float and kind is not int:
                return _convert(raw, positions, floating)
            weak = True
    # Beside a floating-point array NumPy takes a Python number as PyTorch does.
    if first is None or (weak and first.kind not in "fc"):
        return _convert(raw, positions, floating)
    return None


def agree(raw: Sequence[Any], positions: tuple[int, ...], explain: Explain | None) -> None:
    """RuntimeError, in the words of `explain`, if the arrays at `positions` are of different dtypes."""
    first: Any = None
    for at in positions:
        value = raw[at]
        if type(value) is not _ndarray or value.dtype is first:
            continue
        if first is None:
            first = value.dtype
        elif value.dtype != first:
            raise RuntimeError(explain(raw) if explain is not None else "expected inputs of one dtype")


def _convert(raw: list[Any], positions: tuple[int, ...], floating: bool) -> None:
    common = dtypes.of_operands([raw[at] for at in positions if raw[at] is not None])
    if floating and not common.category > 1:
        common = dtypes.get_default_dtype()
    for at in positions:
        if raw[at] is not None:
            # Through an array, as a number that is too large for a small integer wraps around.
            raw[at] = np.asarray(raw[at]).astype(common.numpy, copy=False)


def meet_all(arrays: list[Any]) -> list[Any]:
    """The same for a sequence of arrays."""
    first = arrays[0].dtype
    if all(each.dtype == first for each in arrays):
        return arrays
    common = dtypes.of_operands(arrays).numpy
    return [each.astype(common, copy=False) for each in arrays]
