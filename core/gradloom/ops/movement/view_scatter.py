"""Copies with one part replaced, the part named as the view of that name names it."""

from __future__ import annotations

from collections.abc import Sequence

from gradloom.ops.movement.diagonals import diagonal
from gradloom.ops.movement.slicing import along, basic_index, selected, write_view
from gradloom.ops.movement.strides import geometry_of, restrided
from gradloom.ops.op import Op, Value, composite, raw
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import one_dim


def _replaced(input: Value, src: Value, view: Op[...], *settings: object) -> Value:
    """A copy of `input` with `src`, which has to have its shape, where `view` looks."""
    wanted = view.forward(raw(input), *settings).shape
    if tuple(src.shape) != wanted:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(wanted)}"
        )
    return write_view(input, src, ((view, settings),))


@composite(samples=[sample(floats(3, 4), floats(3), 1, 2)])
def select_scatter(input: Value, src: Value, dim: int, index: int) -> Value:
    """A copy of `input` with `src` as the slice at `index` of `dim`."""
    return _replaced(input, src, basic_index, selected(input, dim, index))


@composite(samples=[sample(floats(6, 2), floats(2, 2), 0, 1, 5, 2)])
def slice_scatter(
    input: Value, src: Value, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Value:
    """A copy of `input` with `src` as the slices `start`, `start + step`, ... below `end` of `dim`."""
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    return _replaced(input, src, basic_index, along(one_dim(dim, input.ndim), slice(start, end, step)))


@composite(samples=[sample(floats(3, 4), floats(3))])
def diagonal_scatter(input: Value, src: Value, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Value:
    """A copy of `input` with `src` as its diagonal."""
    return _replaced(input, src, diagonal, offset, dim1, dim2)


@composite(samples=[sample(floats(3, 4), floats(2, 2), (2, 2), (1, 4), 1)])
def as_strided_scatter(
    input: Value, src: Value, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Value:
    """A copy of `input` with `src` where `as_strided` with these arguments looks."""
    source = geometry_of(raw(input))
    offset = (source[2] if storage_offset is None else int(storage_offset)) - source[2]
    return _replaced(input, src, restrided, (tuple(size), tuple(stride), offset), (source[0], source[1], 0))
