"""What keeps gradients small: their sum of squares, one factor for all, bounds for each value. In place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gradloom.kernels.parallel import in_parts

Array = npt.NDArray[Any]

_SMALL = 200_000  # elements
_WORK = 10  # what an element costs, in multiply-adds


def sum_of_squares(array: Array) -> Any:
    """Of the sizes of all elements; a real number of the array's precision."""
    flat = array.reshape(-1)
    if flat.size < _SMALL:
        return np.vdot(flat, flat).real

    def part(start: int, stop: int) -> Any:
        return np.vdot(flat[start:stop], flat[start:stop]).real

    return np.add.reduce(in_parts(part, flat.size, flat.size * _WORK))


def scale(array: Array, factor: Any) -> None:
    """Multiply by the factor; 1 leaves everything as it is."""
    if factor != 1:
        _everywhere(array, lambda part: np.multiply(part, factor, out=part))


def limit(array: Array, low: float, high: float) -> None:
    """Bring all values into [low, high]; NaN stays."""

    def run(part: Array) -> None:
        np.maximum(part, low, out=part)
        np.minimum(part, high, out=part)

    _everywhere(array, run)


def _everywhere(array: Array, run: Callable[[Array], Any]) -> None:
    if array.size < _SMALL or not array.flags.c_contiguous:
        run(array)
        return
    flat = array.reshape(-1)
    in_parts(lambda start, stop: run(flat[start:stop]), flat.size, flat.size * _WORK)
