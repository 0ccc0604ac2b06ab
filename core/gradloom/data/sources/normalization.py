"""Scaling of inputs, by figures that come from the training part alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, Self, TypeAlias, cast

import numpy as np

from gradloom.data.sources.samples import Array, DataError, Samples
from gradloom.data.sources.splits import Split
from gradloom.data.sources.stored_samples import AnySamples, Data

SLAB = 1 << 18
"""Numbers that are worked on at once: so few that a float64 copy of them stays within the cache."""

Scaling: TypeAlias = Literal["none", "unit", "standard"]


@dataclass(frozen=True, eq=False)
class Normalization:
    """`(input - shift) / scale` for each input field: what a trained network expects of new data."""

    shift: Mapping[str, Array]
    """Float64 per field, broadcast against one sample: (), (F,) or (C, 1, 1)."""
    scale: Mapping[str, Array]

    @classmethod
    def of(cls, samples: AnySamples, how: Scaling, before_block: Callable[[], None] = lambda: None) -> Self:
        """What brings samples like these to one scale.

        Args:
            samples: those to train on; they are read once, a block of rows at a time.
            how: "none" changes only the dtype, and reads nothing; "unit" maps the range to [0, 1], of each
                column of a table or of a whole image field (uint8 images are divided by 255); "standard"
                gives each column or each channel mean 0 and deviation 1. What is constant is only centred.
            before_block: called before each block is read; what it raises ends the reading.
        """
        if how not in _FIGURES:
            raise DataError(f"Normalization '{how}' is not known; choose one of {', '.join(_FIGURES)}.")
        shifts, scales = {}, {}
        for name, field in samples.inputs.items():
            shape = (len(samples), *field.shape[1:])
            shift, scale = _FIGURES[how](_blocks(samples, name, shape, before_block), shape, field.dtype)
            shifts[name], scales[name] = shift, np.where(scale == 0, 1.0, scale)
        return cls(shifts, scales)

    def apply(self, samples: Data) -> Data:
        """`samples` with every input scaled and float32; targets stay as they are.

        Raises:
            DataError: an input field of another name or shape than the one the figures come from.
        """
        if isinstance(samples, Samples):
            arrays = {name: self._scaled(name, x) for name, x in samples.inputs.items()}
            return cast(Data, replace(samples, inputs=arrays))
        fields = {name: x.then(partial(self._scaled, name)) for name, x in samples.inputs.items()}
        return cast(Data, replace(samples, inputs=fields))

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
        for rows in _slabs(values.shape):
            scaled[rows] = (values[rows] - shift) / scale
        return scaled


def normalize(split: Split[Data], how: Scaling) -> tuple[Split[Data], Normalization]:
    """Both parts with float32 inputs on one scale, and the figures used, which come from `split.train` alone.

    Args:
        split: the parts.
        how: as `Normalization.of` takes it.
    """
    normalization = Normalization.of(split.train, how)
    return Split(normalization.apply(split.train), normalization.apply(split.validation)), normalization


def _blocks(
    samples: AnySamples, name: str, shape: tuple[int, ...], before: Callable[[], None]
) -> Iterator[Array]:
    for rows in _slabs(shape):
        before()
        if isinstance(samples, Samples):
            yield samples.inputs[name][rows]
        else:
            yield samples.inputs[name][samples.rows[rows]]


# Each of these gives (shift, scale) in float64; a scale of 0 marks what does not vary.


def _leave(_blocks: Iterator[Array], _shape: tuple[int, ...], _dtype: np.dtype[Any]) -> tuple[Array, Array]:
    return np.array(0.0), np.array(1.0)


def _unit(blocks: Iterator[Array], shape: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[Array, Array]:
    if len(shape) > 2 and dtype == np.uint8:
        return np.array(0.0), np.array(255.0)
    axes = _axes(shape) if len(shape) == 2 else None
    low, high = np.array(np.inf), np.array(-np.inf)
    for values in _arranged(blocks, shape):
        low, high = np.minimum(low, values.min(axis=axes)), np.maximum(high, values.max(axis=axes))
    return low, high - low


def _standard(blocks: Iterator[Array], shape: tuple[int, ...], _dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Mean and deviation, block joined to block.

    Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances",
    equation 2.1.
    """
    axes, figure = _axes(shape), (shape[1], *(1,) * len(shape[2:]))
    count, mean, squares = 0, np.array(0.0), np.array(0.0)
    low, high = np.array(np.inf), np.array(-np.inf)
    for values in _arranged(blocks, shape):
        wide = values.astype(np.float64)
        here = wide.mean(axis=axes, keepdims=True)
        wide -= here
        size, apart = wide.size // here.size, here.reshape(figure) - mean
        mean = mean + apart * (size / (count + size))
        within = np.square(wide, out=wide).sum(axis=axes).reshape(figure)
        squares = squares + within + np.square(apart) * (count * size / (count + size))
        count += size
        low = np.minimum(low, values.min(axis=axes).reshape(figure))
        high = np.maximum(high, values.max(axis=axes).reshape(figure))
    # Rounding leaves a constant column a deviation of some 1e-17, so constancy is asked of the values.
    return mean, np.where(low == high, 0.0, np.sqrt(squares / count))


def _arranged(blocks: Iterator[Array], shape: tuple[int, ...]) -> Iterator[Array]:
    """The blocks; of a table of few columns each column in one stretch, which is reduced 40 times as fast."""
    return (np.ascontiguousarray(values.T) for values in blocks) if _is_narrow(shape) else blocks


def _axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """What to reduce of an arranged block: all but the columns, or the channels of images."""
    return (1,) if _is_narrow(shape) else (0, *range(2, len(shape)))


def _is_narrow(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and shape[1] < 128


_Figures: TypeAlias = Callable[[Iterator[Array], tuple[int, ...], np.dtype[Any]], tuple[Array, Array]]

_FIGURES: dict[str, _Figures] = {"none": _leave, "unit": _unit, "standard": _standard}


def _fits(shift: Array, values: Array) -> bool:
    try:
        return np.broadcast_shapes(shift.shape, values.shape[1:]) == values.shape[1:]
    except ValueError:
        return False


def _slabs(shape: tuple[int, ...]) -> Iterator[slice]:
    step = max(1, SLAB // max(1, math.prod(shape[1:])))
    for start in range(0, shape[0], step):
        yield slice(start, start + step)
