"""Pooling over windows of images: the largest value, or the mean."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import pooling as kernel
from gradloom.kernels.windows import Geometry
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape

Pair: TypeAlias = tuple[int, int]

_SAMPLES = [
    Geometry((2, 2), stride=(2, 2)),
    Geometry((3, 2), stride=(1, 2), padding=((1, 1), (1, 0))),
    Geometry((2, 2), stride=(2, 1), dilation=(2, 1)),
]


_RELIEF = np.array([[[[3.0, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8], [9, 7, 9, 3]]]])
_OVERLAPPING = Geometry((2, 2), stride=(1, 2))
_PEAKS = (_RELIEF, kernel.largest(_RELIEF, _OVERLAPPING), _OVERLAPPING)


def _check(input: Value, geometry: Geometry, name: str) -> None:
    if input.ndim != 4 or 0 in input.shape[1:]:
        raise RuntimeError(
            f"{name}(): Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got: {list(input.shape)}"
        )
    rows, columns = geometry.output_size((input.shape[2], input.shape[3]))
    if rows < 1 or columns < 1:
        sizes = "x".join(map(str, input.shape[1:]))
        raise RuntimeError(
            f"Given input size: ({sizes}). Calculated output size: ({input.shape[1]}x{rows}x{columns}). "
            "Output size is too small"
        )


@op(samples=[sample(floats(2, 2, 5, 6, distinct=True), each) for each in _SAMPLES], method=False)
def max_pooling(input: Value, geometry: Geometry) -> Value:
    """The largest value in each window, padded with minus infinity.

    Shapes: (n, c, h, w) -> (n, c, h', w'). The gradient goes to the first of equal values.
    """
    _check(input, geometry, "max_pool2d")
    return kernel.largest(input, geometry)


@max_pooling.gradient("input")
def _(grad: Value, input: Value, out: Value, geometry: Geometry) -> Value:
    return max_pooling_spread(grad, raw(input), raw(out), geometry)


@op(samples=[sample(floats(1, 1, 3, 2), *_PEAKS)], method=False)
def max_pooling_spread(output: Value, input: Array, largest: Array, geometry: Geometry) -> Value:
    """What stands at each window's place, added where that window of `input` has its largest value."""
    return kernel.spread_to_largest(output, input, largest, geometry)


@max_pooling_spread.gradient("output")
def _(grad: Value, input: Array, largest: Array, geometry: Geometry) -> Value:
    return max_pooling_gather(grad, input, largest, geometry)


@op(samples=[sample(floats(1, 1, 4, 4), *_PEAKS)], method=False)
def max_pooling_gather(values: Value, input: Array, largest: Array, geometry: Geometry) -> Value:
    """For each window the value that stands where that window of `input` has its largest value."""
    return kernel.gather_at_largest(values, input, largest, geometry)


@max_pooling_gather.gradient("values")
def _(grad: Value, input: Array, largest: Array, geometry: Geometry) -> Value:
    return max_pooling_spread(grad, input, largest, geometry)


@op(samples=[sample(floats(2, 2, 5, 6), each) for each in _SAMPLES], method=False)
def sum_pooling(input: Value, geometry: Geometry) -> Value:
    """The sum of each window, padded with zeros. Shapes: (n, c, h, w) -> (n, c, h', w')."""
    _check(input, geometry, "avg_pool2d")
    return kernel.total(input, geometry)


@sum_pooling.gradient("input")
def _(grad: Value, input_shape: Shape, geometry: Geometry) -> Value:
    return sum_pooling_spread(grad, (input_shape[2], input_shape[3]), geometry)


@op(
    samples=[sample(floats(2, 2, *each.output_size((5, 6))), (5, 6), each) for each in _SAMPLES],
    method=False,
)
def sum_pooling_spread(output: Value, size: Pair, geometry: Geometry) -> Value:
    """What stands at each window's place, added to every position of that window of images of `size`."""
    return kernel.spread_evenly(output, size, geometry)


@sum_pooling_spread.gradient("output")
def _(grad: Value, geometry: Geometry) -> Value:
    return sum_pooling(grad, geometry)
