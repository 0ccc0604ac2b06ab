"""Parts of a tensor, as views: by basic index, by range, and cut into pieces; and writes through views."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradloom.dtypes import legacy_name
from gradloom.ops.op import Op, Value, composite, op, raw
from gradloom.ops.part import Part
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape, one_dim

Steps = tuple[tuple[Op[Any], tuple[Any, ...]], ...]


@op(
    samples=[
        sample(floats(4, 5), (slice(1, 3), 2)),
        sample(floats(4, 5), (Ellipsis, None, slice(None, None, 2))),
    ],
    meeting="as_is",
    view=True,
    method=False,
)
def basic_index(input: Value, key: tuple[Any, ...]) -> Value:
    """The part of `input` that integers, slices, None and Ellipsis in `key` pick, as a view."""
    part = input[key]
    # Where only integers are left NumPy gives a number, unless the key ends in an ellipsis.
    return part if isinstance(part, np.ndarray) else input[(*key, Ellipsis)]


@basic_index.gradient("input")
def _(grad: Value, input_shape: Shape, key: tuple[Any, ...]) -> Value:
    return (
        Part(grad, input_shape, key) if isinstance(grad, np.ndarray) else scatter_to(grad, input_shape, key)
    )


@op(samples=[sample(floats(2), (4, 5), (slice(1, 3), 2))], meeting="as_is", method=False)
def scatter_to(input: Value, shape: Shape, key: tuple[Any, ...]) -> Value:
    """Zeros of `shape` with `input` in the part that the basic index `key` picks."""
    result = np.zeros(shape, input.dtype)
    result[key] = input
    return result


@scatter_to.gradient("input")
def _(grad: Value, key: tuple[Any, ...]) -> Value:
    return basic_index(grad, key)


def replay(value: Value, steps: Steps) -> Value:
    """`value` seen through a chain of view ops."""
    for step, settings in steps:
        value = step(value, *settings)
    return value


@op(
    samples=[sample(floats(3, 4), floats(2, 4), ((basic_index, ((slice(1, 3),),)),))],
    meeting="as_is",
    method=False,
)
def write_view(base: Value, value: Value, steps: Steps) -> Value:
    """A copy of `base` in which the part seen through `steps` holds `value`."""
    result = np.empty_like(base)
    np.copyto(result, base)
    part = replay(result, steps)
    part[...] = value
    return result


@write_view.gradient("base")
def _(grad: Value, steps: Steps) -> Value:
    return write_view(grad, 0.0, steps)


@write_view.gradient("value")
def _(grad: Value, steps: Steps) -> Value:
    return replay(grad, steps)


def along(dim: int, part: Any) -> tuple[Any, ...]:
    """The basic index that takes `part` of `dim` and everything of the dims before."""
    return (slice(None),) * dim + (part,)


@composite(samples=[sample(floats(3, 4), 1, 2)])
def select(input: Value, dim: int, index: int) -> Value:
    """The slice at `index` of `dim`, without that dim."""
    return basic_index(input, selected(input, dim, index))


def selected(input: Value, dim: int, index: int) -> tuple[Any, ...]:
    """The basic index that `select` means."""
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {at}"
        )
    return along(at, int(index))


@composite(samples=[sample(floats(3, 6), 1, 2, 3)])
def narrow(input: Value, dim: int, start: Any, length: int) -> Value:
    """`length` elements of `dim` from `start`, an integer or a 0-dim tensor of one, on."""
    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    if isinstance(start, (np.ndarray, type(input))) and (start.ndim or raw(start).dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -size <= start <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [-{size}, {size}], but got {int(start)})"
        )
    first = int(start) + size if start < 0 else int(start)
    if first + length > size:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return basic_index(input, along(at, slice(first, first + int(length))))


@composite(samples=[sample(floats(5, 2), 2), sample(floats(2, 5), [1, 4], 1)])
def split(input: Value, split_size: int | Sequence[int], dim: int = 0) -> tuple[Value, ...]:
    """Parts of `split_size` along `dim` (the last may be smaller), or of the sizes given; views."""
    if not isinstance(split_size, (int, np.integer)):
        return split_with_sizes(input, split_size, dim)
    if not input.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    if split_size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
    if not split_size and size:
        raise RuntimeError(
            f"split_size can only be 0 if dimension size is 0, but got dimension size of {size}"
        )
    starts = range(0, max(size, 1), split_size or 1)
    return tuple([basic_index(input, along(at, slice(start, start + split_size))) for start in starts])


@composite(samples=[sample(floats(2, 5), [1, 4], 1)])
def split_with_sizes(input: Value, split_sizes: Sequence[int], dim: int = 0) -> tuple[Value, ...]:
    """Parts of these sizes along `dim`; views."""
    if not input.ndim:
        raise RuntimeError("split_with_sizes expects at least a 1-dimensional tensor")
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    lengths = [int(length) for length in split_sizes]
    if any(length < 0 for length in lengths):
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={lengths}"
        )
    if sum(lengths) != size:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at "
            f"dimension {dim}), but got split_sizes={lengths}"
        )
    parts, start = [], 0
    for length in lengths:
        parts.append(basic_index(input, along(at, slice(start, start + length))))
        start += length
    return tuple(parts)


@composite(samples=[sample(floats(5, 2), 3), sample(floats(2, 6), 3, -1)])
def chunk(input: Value, chunks: int, dim: int = 0) -> tuple[Value, ...]:
    """At most `chunks` parts of equal size along `dim` (the last may be smaller); views."""
    if not input.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = input.shape[one_dim(dim, input.ndim)]
    if not size:
        return split_with_sizes(input, [0] * chunks, dim)
    return split(input, -(-size // chunks), dim)


@composite(samples=[sample(floats(5, 2), 2), sample(floats(2, 5), (1, 3), 1)])
def tensor_split(input: Value, indices_or_sections: Any, dim: int = 0) -> tuple[Value, ...]:
    """So many parts along `dim`, the first ones longer by one where it does not divide; or cut at indices."""
    if not input.ndim:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    cuts = _cuts(indices_or_sections)
    if isinstance(cuts, int):
        if cuts <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {cuts}")
        least, longer = divmod(size, cuts)
        cuts = [least * place + min(place, longer) for place in range(1, cuts)]
    return tuple(
        [basic_index(input, along(at, slice(start, stop))) for start, stop in pairwise([0, *cuts, size])]
    )


def _cuts(given: Any) -> int | list[int]:
    """Sections as a number or indices as a list, also where they come as a tensor."""
    if isinstance(given, (int, np.integer)):
        return int(given)
    if not hasattr(given, "dtype"):
        return [int(each) for each in given]
    array = raw(given)
    if array.ndim > 1:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional "
            f"tensor, but got a tensor with {array.ndim} dims"
        )
    if array.dtype != np.int64:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
            f"{legacy_name(array.dtype)}"
        )
    cuts: int | list[int] = array.tolist()
    return cuts


def _cut(input: Value, given: Any, name: str, least: int, dim: int) -> tuple[Value, ...]:
    """`tensor_split` along `dim`, which a number has to divide."""
    if input.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with "
            f"{input.ndim} dimensions!"
        )
    size = input.shape[dim]
    if isinstance(given, int) and (given <= 0 or size % given):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {size} is "
            f"not divisible by the split_size {given}!"
        )
    return tensor_split(input, given, dim)


@composite(samples=[sample(floats(2, 4), 2), sample(floats(5), (1, 3))])
def hsplit(input: Value, indices_or_sections: Any) -> tuple[Value, ...]:
    """Columns cut apart, or a vector: into equal parts or at indices."""
    return _cut(input, indices_or_sections, "hsplit", 1, 0 if input.ndim == 1 else 1)


@composite(samples=[sample(floats(4, 2), 2), sample(floats(5, 2), (1, 3))])
def vsplit(input: Value, indices_or_sections: Any) -> tuple[Value, ...]:
    """Rows cut apart: into equal parts or at indices."""
    return _cut(input, indices_or_sections, "vsplit", 2, 0)


@composite(samples=[sample(floats(1, 2, 4), 2), sample(floats(1, 2, 5), (1, 3))])
def dsplit(input: Value, indices_or_sections: Any) -> tuple[Value, ...]:
    """The third dim cut apart: into equal parts or at indices."""
    return _cut(input, indices_or_sections, "dsplit", 3, 2)


@composite(samples=[sample(floats(3, 2)), sample(floats(3, 2), 1)])
def unbind(input: Value, dim: int = 0) -> tuple[Value, ...]:
    """The slices along `dim`, without that dim; views."""
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    at = one_dim(dim, input.ndim)
    return tuple([basic_index(input, along(at, index)) for index in range(input.shape[at])])


@composite(samples=[sample(floats(5, 2), 3), sample(floats(2, 6), 3, -1)])
def unsafe_chunk(input: Value, chunks: int, dim: int = 0) -> tuple[Value, ...]:
    """The parts that `chunk` gives."""
    return chunk(input, chunks, dim)


@composite(samples=[sample(floats(5, 2), 2)])
def unsafe_split(input: Value, split_size: int, dim: int = 0) -> tuple[Value, ...]:
    """The parts that `split` gives."""
    return split(input, split_size, dim)


@composite(samples=[sample(floats(2, 5), [1, 4], 1)])
def unsafe_split_with_sizes(input: Value, split_sizes: Sequence[int], dim: int = 0) -> tuple[Value, ...]:
    """The parts that `split_with_sizes` gives."""
    return split_with_sizes(input, split_sizes, dim)
