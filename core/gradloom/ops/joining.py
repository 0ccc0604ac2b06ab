"""Several tensors to one, and one repeated, flipped or padded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.ops.copying import clone
from gradloom.ops.op import Value, Values, composite, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.selection import index_select
from gradloom.ops.shapes import Shape, one_dim
from gradloom.ops.views import diagonal as diagonal_of
from gradloom.ops.views import diagonal_to, expand, narrow, permute, reshape, unsqueeze


def _explain(args: Sequence[Any]) -> str | None:
    arrays, dim = args[:2]
    if not arrays:
        return "expected a non-empty list of Tensors"
    first = arrays[0]
    for place, each in enumerate(arrays[1:], 1):
        if each.ndim != first.ndim:
            return f"Tensors must have same number of dimensions: got {first.ndim} and {each.ndim}"
        at = one_dim(dim, first.ndim)
        for axis, (have, want) in enumerate(zip(each.shape, first.shape, strict=True)):
            if axis != at and have != want:
                return (
                    f"Sizes of tensors must match except in dimension {at}. Expected size {want} but got "
                    f"size {have} for tensor number {place} in the list."
                )
    return "zero-dimensional tensor (at position 0) cannot be concatenated" if not first.ndim else None


@op(
    samples=[sample([floats(2, 3), floats(4, 3)]), sample([floats(2, 3), floats(2, 1), floats(2, 2)], -1)],
    explain=_explain,
    method=False,
)
def cat(tensors: Values, dim: int = 0) -> Value:
    """The tensors one behind the other along `dim`."""
    # PyTorch lets empty vectors pass whatever the shape of the others.
    parts = [each for each in tensors if each.shape != (0,)] or tensors
    return np.concatenate(parts, one_dim(dim, parts[0].ndim) if parts else 0)


@cat.gradient("tensors")
def _(grad: Value, tensors_shape: list[Shape], dim: int) -> list[Value]:
    at = one_dim(dim, grad.ndim)
    parts: list[Value] = []
    start = 0
    for shape in tensors_shape:
        if shape == (0,) and grad.ndim != 1:
            parts.append(None)
            continue
        parts.append(narrow(grad, at, start, shape[at]))
        start += shape[at]
    return parts


@composite(
    samples=[sample([floats(2, 3), floats(2, 3)]), sample([floats(2, 3), floats(2, 3)], -1)], method=False
)
def stack(tensors: Values, dim: int = 0) -> Value:
    """The tensors, all of one shape, along a new dim."""
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tuple(tensors[0].shape)
    for place, each in enumerate(tensors):
        if tuple(each.shape) != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(each.shape)} at entry {place}"
            )
    at = one_dim(dim, len(first) + 1)
    return cat([unsqueeze(each, at) for each in tensors], at)


@composite(samples=[sample([floats(2, 3), floats(1, 3)])], method=False)
def vstack(tensors: Values) -> Value:
    """The tensors one below the other; vectors as rows."""
    return cat([reshape(each, (1, -1)) if each.ndim < 2 else each for each in tensors], 0)


@composite(samples=[sample([floats(2), floats(3)]), sample([floats(2, 1), floats(2, 3)])], method=False)
def hstack(tensors: Values) -> Value:
    """The tensors side by side."""
    wide = [reshape(each, (1,)) if each.ndim < 1 else each for each in tensors]
    return cat(wide, 0 if wide[0].ndim == 1 else 1)


@composite(samples=[sample(floats(2, 3), 2, 1), sample(floats(3), (2, 2))])
def repeat(input: Value, *repeats: Any) -> Value:
    """`input` that often along each dim, as a copy; new dims in front."""
    counts = tuple(repeats[0]) if len(repeats) == 1 and isinstance(repeats[0], (tuple, list)) else repeats
    lead = len(counts) - input.ndim
    if lead < 0:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    shape = (1,) * lead + tuple(input.shape)
    spread = reshape(
        input, tuple(size for pair in zip((1,) * len(shape), shape, strict=True) for size in pair)
    )
    wide = expand(spread, tuple(size for pair in zip(counts, shape, strict=True) for size in pair))
    return reshape(clone(wide), tuple(count * size for count, size in zip(counts, shape, strict=True)))


@composite(samples=[sample(floats(2, 3), (2,)), sample(floats(3), (2, 2))])
def tile(input: Value, *dims: Any) -> Value:
    """`input` that often along the last dims."""
    counts = tuple(dims[0]) if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return repeat(input, (1,) * (input.ndim - len(counts)) + tuple(counts))


@composite(samples=[sample(floats(2, 3), 2), sample(floats(2, 3), 3, 1)])
def repeat_interleave(input: Value, repeats: Any, dim: int | None = None) -> Value:
    """Each slice along `dim` (of the flattened input if None) `repeats` times in a row."""
    values, at = (reshape(input, (-1,)), 0) if dim is None else (input, one_dim(dim, input.ndim))
    counts = getattr(repeats, "array", repeats)
    index = np.repeat(np.arange(values.shape[at]), counts)
    return index_select(values, at, index)


@op(samples=[sample(floats(2, 3), (0,)), sample(floats(2, 3), (0, 1))], meeting="as_is", spread="dims")
def flip(input: Value, dims: Sequence[int]) -> Value:
    """The order along `dims` reversed, as a copy."""
    return np.flip(input, tuple(one_dim(dim, input.ndim) for dim in dims)).copy()


@flip.gradient("input")
def _(grad: Value, dims: Sequence[int]) -> Value:
    return flip(grad, dims)


@op(
    samples=[sample(floats(2, 3), 1, 1), sample(floats(2, 3), (1, -2), (0, 1)), sample(floats(2, 3), 4)],
    meeting="as_is",
)
def roll(input: Value, shifts: Any, dims: Any = None) -> Value:
    """The elements moved by `shifts` along `dims` (flattened if None); what falls off comes in in front."""
    return np.roll(input, shifts, dims)


@roll.gradient("input")
def _(grad: Value, shifts: Any, dims: Any) -> Value:
    back = -shifts if isinstance(shifts, int) else tuple(-shift for shift in shifts)
    return roll(grad, back, dims)


@op(samples=[sample(floats(3, 4)), sample(floats(2, 3, 3), 1)], meeting="as_is", inplace=True)
def tril(input: Value, diagonal: int = 0) -> Value:
    """The lower triangle of the last two dims, zeros above the diagonal."""
    return np.tril(input, diagonal)


@tril.gradient("input")
def _(grad: Value, diagonal: int) -> Value:
    return tril(grad, diagonal)


@op(samples=[sample(floats(3, 4)), sample(floats(2, 3, 3), 1)], meeting="as_is", inplace=True)
def triu(input: Value, diagonal: int = 0) -> Value:
    """The upper triangle of the last two dims, zeros below the diagonal."""
    return np.triu(input, diagonal)


@triu.gradient("input")
def _(grad: Value, diagonal: int) -> Value:
    return triu(grad, diagonal)


@composite(samples=[sample([floats(2), floats(3)])], method=False)
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Value, ...]:
    """A grid of each vector's values over all others; "xy" swaps the first two dims."""
    given = tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    sizes = tuple(math.prod(each.shape) for each in given)
    grids = []
    for place, each in enumerate(given):
        shape = tuple(size if at == place else 1 for at, size in enumerate(sizes))
        grids.append(expand(reshape(each, shape), sizes))
    if indexing == "ij" or len(grids) < 2:
        return tuple(grids)
    return tuple(permute(grid, (1, 0, *range(2, len(sizes)))) for grid in grids)


@op(
    samples=[
        sample(floats(2, 3), (1, 2)),
        sample(floats(2, 3), (0, 1, 2, 0), 1.5),
        sample(floats(2, 4), (-1, 1)),
    ],
    meeting="as_is",
    method=False,
)
def constant_pad(input: Value, padding: Sequence[int], value: float = 0.0) -> Value:
    """`input` in `value`s: (left, right) for the last dim, then the one before; negative sizes crop."""
    result = np.full(_padded_shape(input.shape, padding), value, input.dtype)
    inner, taken = _overlap(input.shape, padding)
    result[inner] = input[taken]
    return result


@constant_pad.gradient("input")
def _(grad: Value, input_shape: Shape, padding: Sequence[int]) -> Value:
    return constant_pad(grad, [-size for size in padding])


def _sides(shape: Shape, padding: Sequence[int]) -> list[tuple[int, int]]:
    if len(padding) % 2 or len(padding) > 2 * len(shape):
        raise RuntimeError(
            "Padding length must be divisible by two and at most twice the number of dimensions"
        )
    pairs = [(int(padding[at]), int(padding[at + 1])) for at in range(0, len(padding), 2)]
    return [(0, 0)] * (len(shape) - len(pairs)) + pairs[::-1]


def _padded_shape(shape: Shape, padding: Sequence[int]) -> Shape:
    return tuple(
        size + before + after for size, (before, after) in zip(shape, _sides(shape, padding), strict=True)
    )


def _overlap(shape: Shape, padding: Sequence[int]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where the input lands in the result, and what of the input lands there."""
    inner, taken = [], []
    for size, (before, after) in zip(shape, _sides(shape, padding), strict=True):
        first, last = max(-before, 0), size - max(-after, 0)
        taken.append(slice(first, last))
        inner.append(slice(first + before, last + before))
    return tuple(inner), tuple(taken)


@composite(samples=[sample(floats(3)), sample(floats(3, 4), 1)])
def diag(input: Value, diagonal: int = 0) -> Value:
    """The diagonal of a matrix, or a matrix with a vector on its diagonal."""
    if input.ndim == 2:
        return diagonal_of(input, diagonal)
    size = input.shape[0] + abs(diagonal)
    return diagonal_to(input, (size, size), diagonal, 0, 1)
