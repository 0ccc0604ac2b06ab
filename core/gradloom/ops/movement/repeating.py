"""Tensors repeated, reversed, rolled and turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.kernels.copying import row_major
from gradloom.ops.copying import clone
from gradloom.ops.movement.selection import index_select
from gradloom.ops.movement.views import reshape, spread_out, transpose
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.reduction.reduce import sum  # noqa: A004
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Shape, listed_dims, one_dim


@composite(samples=[sample(floats(2, 3), 2, 1), sample(floats(3), (2, 2))])
def repeat(input: Value, *counts: Any, repeats: Any = None) -> Value:
    """`input` that often along each dim, as a copy; new dims in front."""
    counts = spread_out(counts) if repeats is None else tuple(repeats)
    lead = len(counts) - input.ndim
    if lead < 0:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    shape = (1,) * lead + tuple(input.shape)
    whole = tuple([count * size for count, size in zip(counts, shape, strict=True)])
    for size in whole:
        if size < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {size}: {list(whole)}")
    return repeated(input, counts)


@op(
    samples=[sample(floats(2, 3), (2, 1)), sample(floats(3), (2, 2))],
    meeting="as_is",
    moves=True,
    method=False,
)
def repeated(input: Value, counts: Sequence[int]) -> Value:
    """`input` that often along each dim, as a copy; new dims in front."""
    wide, ones = _side_by_side(input.shape, counts)
    whole = [count * size for count, size in zip(wide[::2], wide[1::2], strict=True)]
    return row_major(np.broadcast_to(input.reshape(ones), wide)).reshape(whole)


@repeated.gradient("input")
def _(grad: Value, input_shape: Shape, counts: Sequence[int]) -> Value:
    wide, _ = _side_by_side(input_shape, counts)
    dims = tuple([2 * at for at, count in enumerate(counts) if count != 1])
    return reshape(sum(reshape(grad, wide), dims) if dims else grad, input_shape)


def _side_by_side(shape: Shape, counts: Sequence[int]) -> tuple[list[int], list[int]]:
    """Each dim's count and its size behind it, also with 1 for every count."""
    sizes = (1,) * (len(counts) - len(shape)) + tuple(shape)
    wide = [each for pair in zip(counts, sizes, strict=True) for each in pair]
    return wide, [1 if at % 2 == 0 else each for at, each in enumerate(wide)]


@composite(samples=[sample(floats(2, 3), (2,)), sample(floats(3), (2, 2))])
def tile(input: Value, *counts: Any, dims: Any = None) -> Value:
    """`input` that often along the last dims."""
    counts = spread_out(counts) if dims is None else tuple(dims)
    return repeat(input, (1,) * (input.ndim - len(counts)) + counts)


@composite(samples=[sample(floats(2, 3), 2), sample(floats(2, 3), 3, 1), sample(integers(4))])
def repeat_interleave(
    input: Value, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Value:
    """Each slice along `dim` (of the flattened input if None) `repeats` times in a row.

    A lone tensor is taken as `repeats`, and what comes is the place of each slice in the result.
    """
    if repeats is None:
        return interleaved_places(input)
    values, at = (reshape(input, (-1,)), 0) if dim is None else (input, one_dim(dim, input.ndim))
    size = values.shape[at] if values.ndim else 1
    if isinstance(repeats, (int, np.integer)):
        if repeats < 0:
            raise RuntimeError("Repeats must be non-negative")
        counts = np.asarray(repeats)
    else:
        counts = _counts(raw(repeats))
    if counts.ndim and counts.size not in (1, size):
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{counts.size} and input.size({at}) = {size}"
        )
    index = np.repeat(np.arange(size), counts)
    if output_size is not None and len(index) != output_size:
        raise RuntimeError("allocated size does not match required size")
    return index_select(values, at, index)


@op(samples=[sample(integers(4))], meeting="as_is", method=False)
def interleaved_places(input: Value) -> Value:
    """The numbers 0, 1, ... each as often as `input` says."""
    counts = _counts(input)
    return np.repeat(np.arange(counts.size), counts).astype(counts.dtype)


def _counts(repeats: Array) -> Array:
    if repeats.ndim > 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats.dtype not in (np.int32, np.int64):
        raise NotImplementedError(
            f"\"repeat_interleave_cpu\" not implemented for '{legacy_name(repeats.dtype)}'"
        )
    if (repeats < 0).any():
        raise RuntimeError("repeats can not be negative")
    return repeats


@op(
    samples=[sample(floats(2, 3), (0,)), sample(floats(2, 3), (0, 1))],
    meeting="as_is",
    spread="dims",
    moves=True,
)
def flip(input: Value, dims: Sequence[int]) -> Value:
    """The order along `dims` reversed, as a copy."""
    whole = listed_dims([dims] if isinstance(dims, int) else dims, input.ndim)
    return np.flip(input, whole if input.ndim else ()).copy()


@flip.gradient("input")
def _(grad: Value, dims: Sequence[int]) -> Value:
    return flip(grad, dims)


@composite(samples=[sample(floats(2, 3))])
def fliplr(input: Value) -> Value:
    """The order of the columns reversed, as a copy."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, (1,))


@composite(samples=[sample(floats(2, 3))])
def flipud(input: Value) -> Value:
    """The order of the rows reversed, as a copy."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, (0,))


@op(
    samples=[sample(floats(2, 3), 1, 1), sample(floats(2, 3), (1, -2), (0, 1)), sample(floats(2, 3), 4)],
    meeting="as_is",
    moves=True,
)
def roll(input: Value, shifts: Any, dims: Any = None) -> Value:
    """The elements moved by `shifts` along `dims` (flattened if None); what falls off comes in in front."""
    far = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    along = () if dims is None else (dims,) if isinstance(dims, int) else tuple(dims)
    if not far:
        raise RuntimeError("`shifts` required")
    if len(far) != len(along) and (along or len(far) != 1):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(far)}, dims:{len(along)}")
    along = tuple([one_dim(dim, input.ndim) for dim in along])
    return np.roll(input, far, along if input.ndim else ()) if along else np.roll(input, far[0])


@roll.gradient("input")
def _(grad: Value, shifts: Any, dims: Any) -> Value:
    back = -shifts if isinstance(shifts, int) else tuple(-shift for shift in shifts)
    return roll(grad, back, dims)


@composite(samples=[sample(floats(2, 3)), sample(floats(2, 3, 2), -1, (1, 2)), sample(floats(2, 3), 2)])
def rot90(input: Value, k: int = 1, dims: Sequence[int] = (0, 1)) -> Value:
    """`input` turned by 90 degrees `k` times in the plane of two dims, from the first towards the second."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == input.ndim:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    first, second = one_dim(dims[0], input.ndim), one_dim(dims[1], input.ndim)
    turns = k % 4
    if turns == 0:
        return clone(input)
    if turns == 2:
        return flip(input, (first, second))
    return transpose(flip(input, (second if turns == 1 else first,)), first, second)
