"""Scaling of inputs, by figures that come from the training part alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from gradloom.data.sources.samples import Array, DataError, Samples, Split

Scaling: TypeAlias = Literal["none", "unit", "standard"]


@dataclass(frozen=True, eq=False)
class Normalization:
    """`(input - shift) / scale` for each input field: what a trained network expects of new data."""

    shift: Mapping[str, Array]
    """Float64 per field, broadcast against one sample: (), (F,) or (C, 1, 1)."""
    scale: Mapping[str, Array]

    def apply(self, samples: Samples) -> Samples:
        """`samples` with every input scaled and float32; targets stay as they are.

        Raises:
            DataError: an input field of another name or shape than the one the figures come from.
        """
        return replace(samples, inputs={name: self._scaled(name, x) for name, x in samples.inputs.items()})

    def _scaled(self, name: str, values: Array) -> Array:
        if name not in self.shift:
            raise DataError(f"Input '{name}' has no normalization; only {list(self.shift)} have one.")
        shift, scale = self.shift[name], self.scale[name]
        if not _fits(shift, values):
            raise DataError(
                f"Input '{name}' has samples of shape {values.shape[1:]}, which do not match its "
                f"normalization of shape {shift.shape}."
            )
        scaled = np.empty(values.shape, np.float32)
        for rows in _slabs(values):
            scaled[rows] = (values[rows] - shift) / scale
        return scaled


def normalize(split: Split, how: Scaling) -> tuple[Split, Normalization]:
    """Both parts with float32 inputs on one scale, and the figures used, which come from `split.train` alone.

    Args:
        split: the parts.
        how: "none" changes only the dtype; "unit" maps the training range to [0, 1], of each column of a
            table or of a whole image field (uint8 images are divided by 255); "standard" gives each column
            or each channel mean 0 and deviation 1. What is constant in training is only centred.
    """
    if how not in _FIGURES:
        raise DataError(f"Normalization '{how}' is not known; choose one of {', '.join(_FIGURES)}.")
    figures = {name: _FIGURES[how](array) for name, array in split.train.inputs.items()}
    normalization = Normalization(
        {name: shift for name, (shift, _) in figures.items()},
        {name: np.where(scale == 0, 1.0, scale) for name, (_, scale) in figures.items()},
    )
    return Split(normalization.apply(split.train), normalization.apply(split.validation)), normalization


# Each of these gives (shift, scale) in float64; a scale of 0 marks what does not vary.


def _leave(values: Array) -> tuple[Array, Array]:
    return np.array(0.0), np.array(1.0)


def _unit(values: Array) -> tuple[Array, Array]:
    if values.ndim > 2 and values.dtype == np.uint8:
        return np.array(0.0), np.array(255.0)
    axes = 0 if values.ndim <= 2 else None
    low = np.asarray(values.min(axis=axes), np.float64)
    return low, values.max(axis=axes) - low


def _standard(values: Array) -> tuple[Array, Array]:
    axes = (0,) if values.ndim <= 2 else (0, *range(2, values.ndim))
    mean = values.mean(axis=axes, dtype=np.float64, keepdims=True)[0]
    squares = np.zeros_like(mean)
    for rows in _slabs(values):
        squares += np.square(values[rows] - mean).sum(axis=axes, keepdims=True)[0]
    deviation = np.sqrt(squares * (mean.size / values.size))
    # Rounding leaves a constant column a deviation of some 1e-17, so constancy is asked of the values.
    constant = values.min(axis=axes, keepdims=True)[0] == values.max(axis=axes, keepdims=True)[0]
    return mean, np.where(constant, 0.0, deviation)


_FIGURES: dict[str, Callable[[Array], tuple[Array, Array]]] = {
    "none": _leave,
    "unit": _unit,
    "standard": _standard,
}


def _fits(shift: Array, values: Array) -> bool:
    try:
        return np.broadcast_shapes(shift.shape, values.shape[1:]) == values.shape[1:]
    except ValueError:
        return False


def _slabs(values: Array, elements: int = 1 << 18) -> Iterator[slice]:
    """Slices of rows small enough that float64 copies of them stay within the cache."""
    step = max(1, elements * len(values) // max(1, values.size))
    for start in range(0, len(values), step):
        yield slice(start, start + step)
