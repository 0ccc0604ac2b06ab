"""Pooling as functions."""

from __future__ import annotations

import math

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.windows import Geometry, Pair
from gradloom.nn.functional.sizes import PairSize, pair, single
from gradloom.ops import pooling as ops
from gradloom.tensor import Tensor, wrap


def max_pool2d(
    input: Tensor,
    kernel_size: PairSize,
    stride: PairSize | None = None,
    padding: PairSize = 0,
    dilation: PairSize = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """The largest value in each window of an image.

    Shapes: (n, c, h, w) or (c, h, w). `stride` is the window's size by default; `ceil_mode` keeps windows
    that stick out at the end.

    Raises:
        RuntimeError: the padding exceeds half a window, or nothing would be left.
    """
    geometry = _geometry(input, kernel_size, stride, padding, dilation, ceil_mode)
    if input.ndim == 3:
        return ops.max_pooling(input.unsqueeze(0), geometry).squeeze(0)
    return ops.max_pooling(input, geometry)


def avg_pool2d(
    input: Tensor,
    kernel_size: PairSize,
    stride: PairSize | None = None,
    padding: PairSize = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of an image. Shapes: (n, c, h, w) or (c, h, w)."""
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    geometry = _geometry(input, kernel_size, stride, padding, 1, ceil_mode)
    if input.ndim == 3:
        batch = input.unsqueeze(0)
        return avg_pool2d(
            batch, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        ).squeeze(0)
    sums = ops.sum_pooling(input, geometry)
    if divisor_override is not None:
        return sums / divisor_override
    if not geometry.is_padded:
        return sums / (geometry.kernel[0] * geometry.kernel[1])
    size = (input.shape[2], input.shape[3])
    return sums / wrap(_counts(geometry, size, pair(padding), count_include_pad).astype(sums.array.dtype))


def max_pool1d(
    input: Tensor,
    kernel_size: int | tuple[int],
    stride: int | tuple[int] | None = None,
    padding: int | tuple[int] = 0,
    dilation: int | tuple[int] = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """The largest value in each window of a sequence. Shapes: (n, c, length) or (c, length)."""
    step = kernel_size if stride is None else stride
    return max_pool2d(
        input.unsqueeze(-2),
        (1, single(kernel_size)),
        (1, single(step)),
        (0, single(padding)),
        (1, single(dilation)),
        ceil_mode,
    ).squeeze(-2)


def avg_pool1d(
    input: Tensor,
    kernel_size: int | tuple[int],
    stride: int | tuple[int] | None = None,
    padding: int | tuple[int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of a sequence. Shapes: (n, c, length) or (c, length)."""
    step = kernel_size if stride is None else stride
    return avg_pool2d(
        input.unsqueeze(-2),
        (1, single(kernel_size)),
        (1, single(step)),
        (0, single(padding)),
        ceil_mode,
        count_include_pad,
    ).squeeze(-2)


def adaptive_avg_pool2d(input: Tensor, output_size: int | tuple[int | None, int | None] | None) -> Tensor:
    """Means over a grid of `output_size` windows that together cover the image; None keeps a side's size.

    Window i of n covers the rows from floor(i * h / n) to ceil((i + 1) * h / n). As each output is a weighted
    sum of rows and then of columns, this is a product with two matrices.
    """
    rows, columns = output_size if isinstance(output_size, tuple) else (output_size, output_size)
    height, width = input.shape[-2:]
    if (rows or height) == 1 and (columns or width) == 1:
        return input.mean((-2, -1), keepdim=True)
    down = _shares(height, height if rows is None else rows, input.array.dtype)
    across = _shares(width, width if columns is None else columns, input.array.dtype)
    return wrap(down) @ input @ wrap(np.ascontiguousarray(across.T))


def _shares(length: int, parts: int, dtype: np.dtype[np.floating]) -> Array:
    """A (parts, length) matrix whose row i holds the weights of window i."""
    matrix = np.zeros((parts, length), dtype)
    for i in range(parts):
        start, stop = i * length // parts, -(-(i + 1) * length // parts)
        matrix[i, start:stop] = 1 / (stop - start)
    return matrix


def _geometry(
    input: Tensor,
    kernel_size: PairSize,
    stride: PairSize | None,
    padding: PairSize,
    dilation: PairSize,
    ceil_mode: bool,
) -> Geometry:
    kernel = pair(kernel_size)
    step = kernel if stride is None else pair(stride)
    if min(kernel) < 1 or min(step) < 1:
        raise RuntimeError("pooling: kernel_size and stride must be greater than zero")
    sides = pair(padding)
    geometry = Geometry(kernel, step, ((sides[0],) * 2, (sides[1],) * 2), pair(dilation))
    for side, size in zip(sides, kernel, strict=True):
        if side < 0 or side > size // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={side}, kernel_size={size}"
            )
    if not ceil_mode or input.ndim < 3:
        return geometry
    return geometry._replace(padding=_with_last_window((input.shape[-2], input.shape[-1]), geometry))


def _with_last_window(size: Pair, geometry: Geometry) -> tuple[Pair, Pair]:
    """Padding enlarged behind for a last window that starts inside the image or its front padding."""
    enlarged = []
    for length, step, extent, (before, after) in zip(
        size, geometry.stride, geometry.extent, geometry.padding, strict=True
    ):
        count = math.ceil((length + before + after - extent) / step) + 1
        if (count - 1) * step >= length + before:
            count -= 1
        reach = (count - 1) * step + extent
        enlarged.append((before, max(after, reach - length - before)))
    return enlarged[0], enlarged[1]


def _counts(geometry: Geometry, size: Pair, padding: Pair, count_include_pad: bool) -> Array:
    """How many values each window's mean is over: never what `ceil_mode` added, the padding if asked for."""
    counts = []
    for axis, positions in enumerate(geometry.output_size(size)):
        first = 0 if count_include_pad else padding[axis]
        last = size[axis] + padding[axis] * (2 if count_include_pad else 1)
        starts = np.arange(positions) * geometry.stride[axis]
        ends = np.minimum(starts + geometry.kernel[axis], last)
        counts.append(ends - np.maximum(starts, first))
    return np.outer(counts[0], counts[1])
