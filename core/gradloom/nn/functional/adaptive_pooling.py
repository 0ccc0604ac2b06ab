"""Pooling to a size that is given: over windows that together cover the input, or that chance has placed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom import random
from gradloom.dtypes import Array
from gradloom.kernels.windows import Geometry, Sizes
from gradloom.nn.functional.sizes import Size, in_a_batch, spread
from gradloom.ops.layers import pooling as ops
from gradloom.ops.op import raw
from gradloom.tensor import Tensor, wrap

Wanted = int | Sequence[int | None]
"""A size, in which None keeps that of the input."""


def adaptive_avg_pool1d(input: Tensor, output_size: Size) -> Tensor:
    """Means over `output_size` windows of a sequence; see `adaptive_avg_pool2d`."""
    return _adaptive_mean(1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Wanted) -> Tensor:
    """Means over a grid of `output_size` windows that together cover the image; None keeps a side's size.

    Window i of n covers the rows from floor(i * h / n) to ceil((i + 1) * h / n).
    Shapes: (n, c, h, w) or (c, h, w).
    """
    return _adaptive_mean(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Wanted) -> Tensor:
    """Means over a grid of `output_size` windows of a volume; see `adaptive_avg_pool2d`."""
    return _adaptive_mean(3, input, output_size)


def adaptive_max_pool1d(input: Tensor, output_size: Size, return_indices: bool = False) -> Any:
    """The largest value in each of `output_size` windows of a sequence; see `adaptive_max_pool2d`."""
    return _adaptive_largest(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Wanted, return_indices: bool = False) -> Any:
    """The largest value in each window of a grid that covers the image; windows as `adaptive_avg_pool2d`'s.

    With `return_indices` also where in its image each value stands, rows joined.
    """
    return _adaptive_largest(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Wanted, return_indices: bool = False) -> Any:
    """The largest value in each window of a grid that covers a volume; see `adaptive_max_pool2d`."""
    return _adaptive_largest(3, input, output_size, return_indices)


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Size,
    output_size: Size | None = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest value in windows that chance spaces out over an image (Graham, 2015).

    Shapes: (n, c, h, w) or (c, h, w). Either `output_size` or its ratio to the input's is to be given.
    """
    return _fractional(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Size,
    output_size: Size | None = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest value in windows that chance spaces out over a volume; see `fractional_max_pool2d`."""
    return _fractional(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def _adaptive_mean(spatial: int, input: Tensor, output_size: Wanted) -> Tensor:
    name = f"adaptive_avg_pool{spatial}d"
    size = _wanted(name, spatial, input, output_size, f"{name}: output_size must be {spatial}")
    if min(size) < 0:
        shown = f"{{{', '.join(map(str, (*(1,) * (2 - spatial), *size)))}}}"
        called = "adaptive_avg_pool2d" if spatial == 1 else name
        if spatial == 3:
            shown = f"{{{size[0]}, {size[1]},{size[2]}}}"
        raise RuntimeError(
            f"{called}: elements of output_size must be greater than or equal to 0 but received {shown}"
        )
    _check_lengths(name, spatial, input)
    if size == (1,) * spatial:
        return input.mean(tuple(range(-spatial, 0)), True)
    lengths = input.shape[-spatial:]
    if min(size) and not any(length % parts for length, parts in zip(lengths, size, strict=True)):
        kernel = tuple([length // parts for length, parts in zip(lengths, size, strict=True)])
        batch, alone = in_a_batch(input, spatial)
        out: Tensor = ops.mean_pooling(batch, Geometry(kernel, kernel), math.prod(kernel))
        return out.squeeze(0) if alone else out
    return ops.adaptive_mean(input, size)


def _adaptive_largest(spatial: int, input: Tensor, output_size: Wanted, return_indices: bool) -> Any:
    name = f"adaptive_max_pool{spatial}d"
    size = _wanted(
        name, spatial, input, output_size, f"{name}(): internal error: output_size.size() must be {spatial}"
    )
    if min(size) < 0:
        shape = [*input.shape[:-spatial], *(1,) * (2 - spatial), *size]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {shape}")
    _check_lengths(name, spatial, input)
    if min(size) and not any(
        length % parts for length, parts in zip(input.shape[-spatial:], size, strict=True)
    ):
        return _largest_of_blocks(input, size, return_indices)
    axes = []
    for length, parts in zip(input.shape[-spatial:], size, strict=True):
        starts, stops = ops.window_bounds(length, parts)
        widest = np.arange(int((stops - starts).max(initial=0)))
        # Shorter windows see their last value again, which does not change the first largest one.
        axes.append(np.minimum(starts[:, None] + widest, stops[:, None] - 1))
    places = _places(input, [axis[None, None] for axis in axes])
    return _at_largest(spatial, input, places, size, return_indices)


def _largest_of_blocks(input: Tensor, size: Sizes, return_indices: bool) -> Any:
    """The largest value in each of the blocks that the input divides into evenly."""
    kernel = tuple([length // parts for length, parts in zip(input.shape[-len(size) :], size, strict=True)])
    batch, alone = in_a_batch(input, len(size))
    if return_indices:
        both = tuple(ops.max_pooling_with_indices(batch, Geometry(kernel, kernel)))
        return tuple([each.squeeze(0) for each in both]) if alone else both
    out = ops.max_pooling(batch, Geometry(kernel, kernel))
    return out.squeeze(0) if alone else out


def _fractional(
    spatial: int,
    input: Tensor,
    kernel_size: Size,
    output_size: Size | None,
    output_ratio: Any,
    return_indices: bool,
    samples: Tensor | None,
) -> Any:
    name = f"fractional_max_pool{spatial}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"{name}: Expected {spatial + 1}D or {spatial + 2}D tensor, but got: {list(input.shape)}"
        )
    before = input.shape[-spatial:]
    if output_size is None:
        ratios = [output_ratio] * spatial if isinstance(output_ratio, (int, float)) else list(output_ratio)
        if len(ratios) > spatial:
            raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
        output_size = [int(length * ratio) for length, ratio in zip(before, ratios, strict=True)]
    kernel, size = spread(kernel_size, spatial), spread(output_size, spatial)
    for length, window, wanted in zip(before, kernel, size, strict=True):
        if wanted + window - 1 > length:
            raise RuntimeError(f"{name}: kernel {window} is too large relative to the input of size {length}")
    batch, alone = in_a_batch(input, spatial)
    if samples is None:
        samples = random.rand(batch.shape[0], batch.shape[1], spatial, dtype=input.dtype)
    drawn = raw(samples)[: batch.shape[0]]
    order = (1, 0) if spatial == 2 else (0, 1, 2)  # of an image the width's sample comes first
    axes = [
        _intervals(drawn[:, :, place], length, window, wanted)[..., None] + np.arange(window)
        for place, length, window, wanted in zip(order, before, kernel, size, strict=True)
    ]
    both = _at_largest(spatial, batch, _places(batch, axes), size, True)
    if alone:
        both = tuple([each.squeeze(0) for each in both])
    return both if return_indices else both[0]


def _intervals(drawn: Array, length: int, window: int, parts: int) -> Array:
    """Where each image's windows start along one dimension; the last one ends where the dimension does."""
    starts = np.empty((*drawn.shape, parts), np.int64)
    if parts > 1:
        kind = drawn.dtype.type
        alpha = kind((length - window) / kind(parts - 1))
        steps = (np.arange(parts - 1, dtype=drawn.dtype) + drawn[..., None]) * alpha
        starts[..., :-1] = steps.astype(np.int64) - (drawn * alpha).astype(np.int64)[..., None]
    if parts:
        starts[..., -1] = length - window
    return starts


def _places(input: Tensor, axes: list[Array]) -> Array:
    """For each output position the joined places of its window: (n or 1, c or 1, positions, values).

    Each axis is (n or 1, c or 1, positions, values of a window) along one dimension.
    """
    joined: Array = axes[0]
    for axis, length in zip(axes[1:], input.shape[len(input.shape) - len(axes) + 1 :], strict=True):
        pairs = joined[:, :, :, None, :, None] * length + axis[:, :, None, :, None, :]
        joined = pairs.reshape(
            *pairs.shape[:2], pairs.shape[2] * pairs.shape[3], pairs.shape[4] * pairs.shape[5]
        )
    return joined


def _at_largest(spatial: int, input: Tensor, places: Array, size: Sizes, return_indices: bool) -> Any:
    """The values at the largest of each window's places, and those places."""
    batch, alone = in_a_batch(input, spatial)
    lead = tuple(batch.shape[:2])
    flat = batch.reshape(*lead, int(np.prod(batch.shape[2:])))
    seen = np.broadcast_to(places, (*lead, *places.shape[2:]))
    joined = seen.reshape(*lead, seen.shape[2] * seen.shape[3])
    values = np.take_along_axis(raw(flat.detach()), joined, -1).reshape(seen.shape)
    which = _last_nan_or_largest(values)
    found = np.take_along_axis(seen, which[..., None], -1)[..., 0]
    out = flat.gather(2, wrap(found)).reshape(*lead, *size)
    indices = wrap(found.reshape(*lead, *size))
    both = (out.squeeze(0), indices.squeeze(0)) if alone else (out, indices)
    return both if return_indices else both[0]


def _last_nan_or_largest(values: Array) -> Array:
    if not values.size:
        return np.zeros(values.shape[:-1], np.int64)
    which = values.argmax(axis=-1)
    strange = np.isnan(values) if values.dtype.kind in "fV" else np.zeros((), np.bool_)
    if not strange.any():
        return which
    last = values.shape[-1] - 1 - strange[..., ::-1].argmax(axis=-1)
    return np.where(strange.any(axis=-1), last, which)


def _wanted(name: str, spatial: int, input: Tensor, output_size: Wanted, refusal: str) -> Sizes:
    if spatial == 1:
        given = [output_size] if isinstance(output_size, int) else list(output_size)
        if len(given) != 1:
            raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(given)})")
        if input.ndim not in (2, 3):
            raise RuntimeError(
                f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' "
                f"(while checking arguments for {name})"
            )
        return (int(given[0] or 0),)
    if isinstance(output_size, int):
        return (output_size,) * spatial
    if input.ndim <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    if len(output_size) != spatial:
        raise RuntimeError(refusal)
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"{name}(): Expected {spatial + 1}D or {spatial + 2}D tensor, but got {list(input.shape)}"
        )
    kept = input.shape[-spatial:]
    return tuple([old if new is None else int(new) for old, new in zip(kept, output_size, strict=True)])


def _check_lengths(name: str, spatial: int, input: Tensor) -> None:
    for dim in range(-spatial, 0):
        if input.shape[dim] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has "
                f"sizes {list(input.shape)} with dimension {input.ndim + dim} being empty"
            )
