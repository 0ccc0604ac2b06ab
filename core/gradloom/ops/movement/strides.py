"""Views by strides: windows over a dim, and any walk through a tensor's memory.

A geometry is (shape, strides, offset), strides and offset counted in elements.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.memory import memory_of, offset_of, strides_of
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.operand import Operand
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape, one_dim

Geometry = tuple[Shape, Shape, int]


def geometry_of(array: Array) -> Geometry:
    """Shape and strides of `array`, and its place in memory."""
    return array.shape, strides_of(array), offset_of(array)


@composite(samples=[sample(floats(3, 4), (2, 2), (1, 4), 1), sample(floats(6), (3, 4), (1, 1))])
def as_strided(
    input: Value, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Value:
    """A view of the memory that `input` lies in, from an offset on and by any strides."""
    sizes, steps = tuple(map(int, size)), tuple(map(int, stride))
    source = geometry_of(raw(input))
    offset = source[2] if storage_offset is None else int(storage_offset)
    if len(sizes) != len(steps):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(step < 0 for step in steps):
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(steps)}"
        )
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    return restrided(input, (sizes, steps, offset - source[2]), (source[0], source[1], 0))


@op(
    samples=[sample(floats(3, 4), ((2, 2), (1, 4), 1), ((3, 4), (4, 1), 0))],
    meeting="as_is",
    view=True,
    method=False,
)
def restrided(input: Value, to: Geometry, source: Geometry) -> Value:
    """`input`, whose geometry is `source`, seen as `to`; both offsets count from its first element."""
    sizes, steps, offset = to
    memory, width = memory_of(input), input.itemsize
    first = offset_of(input) + offset
    needed = (first + 1 + sum((n - 1) * step for n, step in zip(sizes, steps, strict=True))) * width
    if 0 not in sizes and needed > memory.nbytes:
        raise RuntimeError(
            f"setStorage: sizes {list(sizes)}, strides {list(steps)}, storage offset {first}, and itemsize "
            f"{width} requiring a storage size of {needed} are out of bounds for storage of size "
            f"{memory.nbytes}"
        )
    if 0 in sizes:
        return np.empty(sizes, input.dtype)
    return np.ndarray(sizes, input.dtype, memory, first * width, [step * width for step in steps])


@restrided.gradient("input")
def _(grad: Value, to: Geometry, source: Geometry) -> Value:
    return carried(grad, to, source)


def _addresses(geometry: Geometry) -> Array:
    """Where in memory each element lies."""
    sizes, steps, offset = geometry
    grids = np.indices(sizes, sparse=True) if sizes else ()
    places = np.array(offset)
    for grid, step in zip(grids, steps, strict=True):
        places = places + grid * step
    return np.broadcast_to(places, sizes)


@op(
    samples=[sample(floats(2, 2), ((2, 2), (1, 4), 1), ((3, 4), (4, 1), 0))],
    meeting="as_is",
    method=False,
)
def carried(input: Value, source: Geometry, to: Geometry) -> Value:
    """What lies at the geometry `to` after adding `input`, which lies at `source`, to a memory of zeros."""
    places, wanted = _addresses(source), _addresses(to)
    if not input.size or not wanted.size:
        return np.zeros(to[0], input.dtype)
    low = min(places.min(), wanted.min())
    memory = np.zeros(max(places.max(), wanted.max()) - low + 1, input.dtype)
    np.add.at(memory, places - low, input)
    return memory[wanted - low]


@carried.gradient("input")
def _(grad: Value, source: Geometry, to: Geometry) -> Value:
    return carried(grad, to, source)


@op(
    samples=[sample(floats(7), 0, 3, 2), sample(floats(2, 5), 1, 2, 1), sample(floats(), 0, 1, 1)],
    meeting="as_is",
    view=True,
    method=False,
)
def windows(input: Value, dimension: int, size: int, step: int) -> Value:
    """All slices of `size` along a dim, one every `step`, as a last dim; a view."""
    at = one_dim(dimension, input.ndim)
    span = input.shape[at] if input.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > span:
        raise RuntimeError(f"maximum size for tensor at dimension {at} is {span} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not input.ndim:
        return input.reshape(1)[:size]
    seen = np.lib.stride_tricks.sliding_window_view(input, size, at, writeable=input.flags.writeable)
    return seen[(slice(None),) * at + (slice(None, None, step),)]


@windows.gradient("input")
def _(grad: Value, input_shape: Shape, dimension: int, size: int, step: int) -> Value:
    return windows_joined(grad, input_shape, dimension, size, step)


@op(samples=[sample(floats(3, 3), (7,), 0, 3, 2)], meeting="as_is", method=False)
def windows_joined(input: Value, shape: Shape, dimension: int, size: int, step: int) -> Value:
    """Zeros of `shape` to which each window is added where `windows` would see it."""
    result = np.zeros(shape, input.dtype)
    if not shape:
        return input.sum().reshape(shape)
    at = one_dim(dimension, len(shape))
    rows, last = np.moveaxis(result, at, -1), step * (input.shape[at] - 1)
    for first in range(size):
        rows[..., first : first + last + 1 : step] += np.moveaxis(input[..., first], at, -1)
    return result


@windows_joined.gradient("input")
def _(grad: Value, dimension: int, size: int, step: int) -> Value:
    return windows(grad, dimension, size, step)


Operand.bind("unfold", windows.as_method())
