"""Pooling over windows: the largest value and its place, or the mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import pooling as kernel
from gradloom.kernels.mixing import mix, mixes
from gradloom.kernels.windows import Geometry, Sizes
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape

_SAMPLES = [
    ((5, 6), Geometry((2, 2), stride=(2, 2))),
    ((5, 6), Geometry((3, 2), stride=(1, 2), padding=((1, 1), (1, 0)))),
    ((5, 6), Geometry((2, 2), stride=(2, 1), dilation=(2, 1))),
    ((6,), Geometry((3,), stride=(2,), padding=((1, 1),))),
    ((3, 2, 4), Geometry((2, 1, 2), stride=(1, 1, 2))),
]


_RELIEF = np.array([[[[3.0, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8], [9, 7, 9, 3]]]])
_OVERLAPPING = Geometry((2, 2), stride=(1, 2))
_OFFSETS = kernel.maxima(_RELIEF, _OVERLAPPING)[1]


@op(
    samples=[sample(floats(2, 2, *size, distinct=True), each) for size, each in _SAMPLES],
    meeting="as_is",
    keeps=("offsets",),
    method=False,
)
def max_pooling(input: Value, geometry: Geometry) -> Value:
    """The largest value in each window, padded with minus infinity.

    Shapes: (n, c, *size) -> (n, c, *positions). The gradient goes to the first of equal values.
    """
    return kernel.maxima(input, geometry)


@op(
    samples=[sample(floats(2, 2, *size, distinct=True), each) for size, each in _SAMPLES[1:]],
    meeting="as_is",
    returns=("out", "indices"),
    keeps=("offsets",),
    method=False,
)
def max_pooling_with_indices(input: Value, geometry: Geometry) -> Value:
    """`max_pooling`, and where in its image each value stands, with all spatial dimensions joined."""
    highest, offsets = kernel.maxima(input, geometry)
    return highest, kernel.places_of(offsets, input.shape[2:], geometry), offsets


@max_pooling.gradient("input")
@max_pooling_with_indices.gradient("input")
def _(grad: Value, input_shape: Shape, offsets: Value, geometry: Geometry) -> Value:
    return max_pooling_spread(grad, raw(offsets), input_shape[2:], geometry)


@op(samples=[sample(floats(1, 1, 3, 2), _OFFSETS, (4, 4), _OVERLAPPING)], method=False)
def max_pooling_spread(output: Value, offsets: Array, size: Sizes, geometry: Geometry) -> Value:
    """What stands at each window's place, added in images of `size` at that window's offset."""
    return kernel.spread_to_offsets(output, offsets, size, geometry)


@max_pooling_spread.gradient("output")
def _(grad: Value, offsets: Array, geometry: Geometry) -> Value:
    return max_pooling_gather(grad, offsets, geometry)


@op(samples=[sample(floats(1, 1, 4, 4), _OFFSETS, _OVERLAPPING)], method=False)
def max_pooling_gather(values: Value, offsets: Array, geometry: Geometry) -> Value:
    """For each window the value that stands at its offset."""
    return kernel.gather_at_offsets(values, offsets, geometry)


@max_pooling_gather.gradient("values")
def _(grad: Value, values_shape: Shape, offsets: Array, geometry: Geometry) -> Value:
    return max_pooling_spread(grad, offsets, values_shape[2:], geometry)


@op(
    samples=[sample(floats(2, 2, *size), each, 3) for size, each in _SAMPLES],
    meeting="as_is",
    method=False,
)
def mean_pooling(input: Value, geometry: Geometry, divisor: Any) -> Value:
    """The sum of each window, padded with zeros, divided by `divisor`: a number, or one for each position.

    Shapes: (n, c, *size) -> (n, c, *positions).
    """
    total = kernel.total(input, geometry)
    if total.dtype.kind in "iu":
        return (np.abs(total) // np.abs(divisor) * (np.sign(total) * np.sign(divisor))).astype(total.dtype)
    return np.divide(total, divisor, dtype=total.dtype)


@mean_pooling.gradient("input")
def _(grad: Value, input_shape: Shape, geometry: Geometry, divisor: Any) -> Value:
    return sum_pooling_spread(grad / divisor, input_shape[2:], geometry)


@op(
    samples=[sample(floats(2, 2, *each.output_size(size)), size, each) for size, each in _SAMPLES],
    method=False,
)
def sum_pooling_spread(output: Value, size: Sizes, geometry: Geometry) -> Value:
    """What stands at each window's place, added to every position of that window of images of `size`."""
    return kernel.spread_evenly(output, size, geometry)


@sum_pooling_spread.gradient("output")
def _(grad: Value, geometry: Geometry) -> Value:
    return mean_pooling(grad, geometry, 1)


# Windows that together cover each dimension, whatever its size


@op(
    samples=[sample(floats(2, 2, 5, 4), (3, 2)), sample(floats(3, 4), (6,))],
    meeting="as_is",
    method=False,
)
def adaptive_mean(input: Value, size: Sizes) -> Value:
    """Means over a grid of windows: window i of n covers floor(i * length / n) to ceil((i + 1) * length / n).

    Shapes: (..., *lengths) -> (..., *size).
    """
    return _along_each(_window_means, input, size)


@adaptive_mean.gradient("input")
def _(grad: Value, input_shape: Shape, size: Sizes) -> Value:
    return adaptive_mean_spread(grad, input_shape[-len(size) :])


@op(
    samples=[sample(floats(2, 2, 3, 2), (5, 4)), sample(floats(2, 3, 6), (4,))],
    meeting="as_is",
    method=False,
)
def adaptive_mean_spread(output: Value, size: Sizes) -> Value:
    """The transpose of `adaptive_mean`: each value spread evenly over its window of images of `size`."""
    return _along_each(_spread_means, output, size)


@adaptive_mean_spread.gradient("output")
def _(grad: Value, output_shape: Shape, size: Sizes) -> Value:
    return adaptive_mean(grad, output_shape[-len(size) :])


def window_bounds(length: int, parts: int) -> tuple[Array, Array]:
    """Where each of `parts` windows over `length` starts, and where it stops."""
    numbers = np.arange(parts)
    return numbers * length // parts, -(-(numbers + 1) * length // parts)


def _along_each(function: Any, array: Array, size: Sizes) -> Array:
    for axis, parts in enumerate(size, array.ndim - len(size)):
        if array.shape[axis] != parts:
            array = function(array, axis, parts)
    return array


def _window_means(array: Array, axis: int, parts: int) -> Array:
    length = array.shape[axis]
    if length % parts == 0:
        shape = (*array.shape[:axis], parts, length // parts, *array.shape[axis + 1 :])
        return np.asarray(array.reshape(shape).mean(axis=axis + 1, dtype=array.dtype))
    starts, stops = window_bounds(length, parts)
    if mixes(array):
        return mix(array, axis, _shares(starts, stops, length, array.dtype))
    return _range_sums(array, axis, starts, stops) / _along(stops - starts, array, axis)


def _spread_means(array: Array, axis: int, length: int) -> Array:
    starts, stops = window_bounds(length, array.shape[axis])
    if length % len(starts) == 0:
        shares = array / _along(stops - starts, array, axis)
        return shares.repeat(length // len(starts), axis)
    return mix(array, axis, _shares(starts, stops, length, array.dtype).T)


def _shares(starts: Array, stops: Array, length: int, dtype: Any) -> Array:
    """A (parts, length) matrix whose row i holds the weights of window i."""
    at = np.arange(length)
    inside = (at >= starts[:, None]) & (at < stops[:, None])
    return np.asarray(inside / (stops - starts)[:, None], dtype)


def _range_sums(array: Array, axis: int, starts: Array, stops: Array) -> Array:
    # A last slice behind the end, so that every range has one to stop before.
    longer = np.concatenate((array, np.zeros_like(array.take([0], axis))), axis)
    sums = np.add.reduceat(longer, np.stack((starts, stops), 1).reshape(-1), axis)
    return sums[(slice(None),) * axis + (slice(None, None, 2),)]


def _along(numbers: Array, array: Array, axis: int) -> Array:
    return numbers.astype(array.dtype).reshape(-1, *(1,) * (array.ndim - axis - 1))
