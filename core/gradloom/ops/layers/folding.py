"""Images as the columns of their windows, and back: two ops, each the other's transpose."""

from __future__ import annotations

import math

import numpy as np

from gradloom.kernels.pooling import padded
from gradloom.kernels.windows import Geometry, Sizes, interior, windows
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape

_SAMPLES = [
    Geometry((2, 3)),
    Geometry((2, 2), stride=(2, 1), padding=((1, 1), (0, 0)), dilation=(1, 2)),
]


@op(
    samples=[sample(floats(2, 2, 4, 5), each) for each in _SAMPLES],
    meeting="as_is",
    moves=True,
    method=False,
)
def unfold_windows(input: Value, geometry: Geometry) -> Value:
    """Every window as a column. Shapes: (n, c, *size) -> (n, c * values of a window, windows)."""
    columns = windows(padded(input, geometry), geometry)
    channels, values = input.shape[1], math.prod(geometry.kernel)
    return columns.reshape(len(input), channels * values, math.prod(geometry.output_size(input.shape[2:])))


@unfold_windows.gradient("input")
def _(grad: Value, input_shape: Shape, geometry: Geometry) -> Value:
    return fold_windows(grad, input_shape[2:], geometry)


@op(
    samples=[
        sample(floats(2, 2 * math.prod(each.kernel), math.prod(each.output_size((4, 5)))), (4, 5), each)
        for each in _SAMPLES
    ],
    meeting="as_is",
    method=False,
)
def fold_windows(columns: Value, size: Sizes, geometry: Geometry) -> Value:
    """Every column added to its window of images of `size`: the transpose of `unfold_windows`."""
    channels = columns.shape[1] // math.prod(geometry.kernel)
    shares = columns.reshape(len(columns), channels, *geometry.kernel, *geometry.output_size(size))
    room = np.zeros((len(columns), channels, *geometry.padded_size(size)), columns.dtype)
    targets = windows(room, geometry)
    for offset in np.ndindex(*geometry.kernel):
        at = (slice(None), slice(None), *offset)
        targets[at] += shares[at]
    return np.ascontiguousarray(interior(room, geometry))


@fold_windows.gradient("columns")
def _(grad: Value, geometry: Geometry) -> Value:
    return unfold_windows(grad, geometry)
