"""Views: other shapes and strides over the same memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, legacy_name
from gradloom.ops.op import Op, Value, composite, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape, one_dim

Steps = tuple[tuple[Op[Any], tuple[Any, ...]], ...]


def _sizes(shape: Any) -> Shape:
    return tuple(int(size) for size in ([shape] if isinstance(shape, (int, np.integer)) else shape))


def _filled_in(array: Array, shape: Shape) -> Shape:
    """`shape` with its one -1 worked out; RuntimeError if the element counts differ."""
    sizes = _sizes(shape)
    known = math.prod(size for size in sizes if size != -1)
    if -1 in sizes and known and array.size % known == 0:
        return tuple(array.size // known if size == -1 else size for size in sizes)
    if known != array.size or -1 in sizes:
        raise RuntimeError(f"shape '{list(sizes)}' is invalid for input of size {array.size}")
    return sizes


@op(
    samples=[sample(floats(2, 6), (3, 4)), sample(floats(4), (-1, 2))],
    meeting="as_is",
    view=True,
    spread="shape",
)
def reshape(input: Value, shape: Sequence[int]) -> Value:
    """The same elements in another shape, without a copy where strides allow; one size may be -1."""
    return input.reshape(_filled_in(input, tuple(shape)))


@reshape.gradient("input")
def _(grad: Value, input_shape: Shape) -> Value:
    return reshape(grad, input_shape)


def _viewed(array: Array, sizes: Shape) -> Array:
    result = array.reshape(sizes)
    if array.size and not np.may_share_memory(result, array):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans "
            "across two contiguous subspaces). Use .reshape(...) instead."
        )
    return result


@op(samples=[sample(floats(2, 6), (3, -1))], meeting="as_is", view=True, spread="shape")
def view(input: Value, shape: Sequence[int]) -> Value:
    """The same memory in another shape; RuntimeError where the strides do not allow it."""
    return _viewed(input, _filled_in(input, tuple(shape)))


@view.gradient("input")
def _(grad: Value, input_shape: Shape) -> Value:
    return reshape(grad, input_shape)


@composite(samples=[sample(floats(2, 6), floats(3, 4))])
def view_as(input: Value, other: Value) -> Value:
    """`input` viewed in the shape of `other`."""
    return view(input, tuple(other.shape))


@composite(samples=[sample(floats(2, 6), floats(3, 4))])
def reshape_as(input: Value, other: Value) -> Value:
    """`input` in the shape of `other`."""
    return reshape(input, tuple(other.shape))


@composite(samples=[sample(floats(2, 3, 4)), sample(floats(2, 3, 4), 1)])
def flatten(input: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
    """The dims from `start_dim` to `end_dim` as one."""
    start, end = one_dim(start_dim, input.ndim), one_dim(end_dim, input.ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = tuple(input.shape)
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@composite(samples=[sample(floats(2, 6), 1, (2, 3))])
def unflatten(input: Value, dim: int, sizes: Sequence[int]) -> Value:
    """One dim as several: the inverse of `flatten`."""
    shape, at = tuple(input.shape), one_dim(dim, input.ndim)
    return reshape(input, (*shape[:at], *sizes, *shape[at + 1 :]))


@op(samples=[sample(floats(2, 3, 4), (2, 0, 1))], meeting="as_is", view=True, spread="dims")
def permute(input: Value, dims: Sequence[int]) -> Value:
    """The dims in another order."""
    if len(dims) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
            f"desired ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = "
            f"{len(dims)}"
        )
    return input.transpose([one_dim(dim, input.ndim) for dim in dims])


@permute.gradient("input")
def _(grad: Value, dims: Sequence[int]) -> Value:
    back = [0] * len(dims)
    for place, dim in enumerate(dims):
        back[dim] = place
    return permute(grad, back)


@op(samples=[sample(floats(2, 3, 4), 0, -1)], meeting="as_is", view=True, aliases=("swapaxes",))
def transpose(input: Value, dim0: int, dim1: int) -> Value:
    """Two dims swapped."""
    if not input.ndim:
        return input[...]
    return input.swapaxes(one_dim(dim0, input.ndim), one_dim(dim1, input.ndim))


@transpose.gradient("input")
def _(grad: Value, dim0: int, dim1: int) -> Value:
    return transpose(grad, dim0, dim1)


@composite(samples=[sample(floats(2, 3)), sample(floats(3))])
def t(input: Value) -> Value:
    """The transpose of a matrix; vectors stay as they are."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return transpose(input, 0, 1) if input.ndim == 2 else view(input, tuple(input.shape))


@composite(samples=[sample(floats(2, 3, 4), 0, 2)])
def movedim(input: Value, source: Any, destination: Any) -> Value:
    """The dims `source` moved to the places `destination`, the others kept in order."""
    sources = [one_dim(dim, input.ndim) for dim in _sizes(source)]
    places = [one_dim(dim, input.ndim) for dim in _sizes(destination)]
    rest = iter([dim for dim in range(input.ndim) if dim not in sources])
    moved = dict(zip(places, sources, strict=True))
    return permute(input, [moved[at] if at in moved else next(rest) for at in range(input.ndim)])


@op(
    samples=[sample(floats(3, 1), (2, 3, 4)), sample(floats(3, 1), (-1, 4))],
    meeting="as_is",
    view=True,
    spread="size",
)
def expand(input: Value, size: Sequence[int]) -> Value:
    """Dims of size 1 repeated without a copy, new dims in front; -1 keeps a size."""
    sizes = _sizes(size)
    lead = len(sizes) - input.ndim
    if lead < 0:
        raise RuntimeError(
            f"expand(gradloom.{legacy_name(input.dtype)}Tensor{{{list(input.shape)}}}, size={list(sizes)}): "
            f"the number of sizes provided ({len(sizes)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({input.ndim})"
        )
    wanted = tuple(input.shape[at - lead] if size == -1 else size for at, size in enumerate(sizes))
    for at, (have, want) in enumerate(zip(input.shape, wanted[lead:], strict=True)):
        if have not in (1, want):
            raise RuntimeError(
                f"The expanded size of the tensor ({want}) must match the existing size ({have}) at "
                f"non-singleton dimension {at + lead}.  Target sizes: {list(sizes)}.  Tensor sizes: "
                f"{list(input.shape)}"
            )
    result = np.broadcast_to(input, wanted)
    result.flags.writeable = input.flags.writeable
    return result


@expand.gradient("input")
def _(grad: Value) -> Value:
    return grad


@composite(samples=[sample(floats(3, 1), floats(3, 4))])
def expand_as(input: Value, other: Value) -> Value:
    """`input` expanded to the shape of `other`."""
    return expand(input, tuple(other.shape))


@composite(samples=[sample(floats(3, 1), (2, 3, 4))])
def broadcast_to(input: Value, size: Sequence[int]) -> Value:
    """`input` expanded to `size`."""
    return expand(input, size)


@op(samples=[sample(floats(2, 3), 1), sample(floats(2, 3), -1)], meeting="as_is", view=True)
def unsqueeze(input: Value, dim: int) -> Value:
    """A new dim of size 1 at `dim`."""
    return np.expand_dims(input, one_dim(dim, input.ndim + 1))


@unsqueeze.gradient("input")
def _(grad: Value, input_shape: Shape) -> Value:
    return reshape(grad, input_shape)


@op(
    samples=[sample(floats(2, 1, 3, 1)), sample(floats(2, 1, 3), 1), sample(floats(2, 3), 0)],
    meeting="as_is",
    view=True,
)
def squeeze(input: Value, dim: int | Sequence[int] | None = None) -> Value:
    """Without the dims of size 1, or without those among `dim`."""
    dims = range(input.ndim) if dim is None else [one_dim(each, input.ndim) for each in _sizes(dim)]
    return input.reshape([size for at, size in enumerate(input.shape) if at not in dims or size != 1])


@squeeze.gradient("input")
def _(grad: Value, input_shape: Shape) -> Value:
    return reshape(grad, input_shape)


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
    return scatter_to(grad, input_shape, key)


@op(samples=[sample(floats(2), (4, 5), (slice(1, 3), 2))], meeting="as_is", method=False)
def scatter_to(input: Value, shape: Shape, key: tuple[Any, ...]) -> Value:
    """Zeros of `shape` with `input` in the part that the basic index `key` picks."""
    result = np.zeros(shape, input.dtype)
    result[key] = input
    return result


@scatter_to.gradient("input")
def _(grad: Value, key: tuple[Any, ...]) -> Value:
    return basic_index(grad, key)


@composite(samples=[sample(floats(3, 4), 1, 2)])
def select(input: Value, dim: int, index: int) -> Value:
    """The slice at `index` of `dim`, without that dim."""
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {at}"
        )
    return basic_index(input, (slice(None),) * at + (int(index),))


@composite(samples=[sample(floats(3, 6), 1, 2, 3)])
def narrow(input: Value, dim: int, start: int, length: int) -> Value:
    """`length` elements of `dim` from `start` on."""
    at = one_dim(dim, input.ndim)
    size = input.shape[at]
    first = int(start) + size if start < 0 else int(start)
    if first + length > size:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return basic_index(input, (slice(None),) * at + (slice(first, first + int(length)),))


@composite(samples=[sample(floats(5, 2), 2), sample(floats(2, 5), [1, 4], 1)])
def split(input: Value, split_size: int | Sequence[int], dim: int = 0) -> tuple[Value, ...]:
    """Parts of `split_size` along `dim` (the last may be smaller), or of the sizes given; views."""
    size = input.shape[one_dim(dim, input.ndim)]
    if isinstance(split_size, int):
        starts = range(0, max(size, 1), split_size)
        lengths = [min(split_size, size - start) for start in starts]
    else:
        lengths = [int(length) for length in split_size]
        if math.fsum(lengths) != size:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at "
                f"dimension {dim}), but got split_sizes={lengths}"
            )
    parts, start = [], 0
    for length in lengths:
        parts.append(narrow(input, dim, start, length))
        start += length
    return tuple(parts)


@composite(samples=[sample(floats(5, 2), 3), sample(floats(2, 6), 3, -1)])
def chunk(input: Value, chunks: int, dim: int = 0) -> tuple[Value, ...]:
    """At most `chunks` parts of equal size along `dim` (the last may be smaller); views."""
    size = input.shape[one_dim(dim, input.ndim)]
    return split(input, max(-(-size // chunks), 1), dim)


@composite(samples=[sample(floats(3, 2)), sample(floats(3, 2), 1)])
def unbind(input: Value, dim: int = 0) -> tuple[Value, ...]:
    """The slices along `dim`, without that dim; views."""
    return tuple(select(input, dim, index) for index in range(input.shape[one_dim(dim, input.ndim)]))


@op(samples=[sample(floats(3, 4)), sample(floats(2, 3, 4), 1, -2, -1)], meeting="as_is", view=True)
def diagonal(input: Value, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Value:
    """The diagonal of the dims `dim1` and `dim2`, as the last dim."""
    result = np.diagonal(input, offset, one_dim(dim1, input.ndim), one_dim(dim2, input.ndim))
    result.flags.writeable = input.flags.writeable
    return result


@diagonal.gradient("input")
def _(grad: Value, input_shape: Shape, offset: int, dim1: int, dim2: int) -> Value:
    return diagonal_to(grad, input_shape, offset, dim1, dim2)


@op(samples=[sample(floats(3), (3, 4), 0, 0, 1)], meeting="as_is", method=False)
def diagonal_to(input: Value, shape: Shape, offset: int, dim1: int, dim2: int) -> Value:
    """Zeros of `shape` with `input` on the diagonal."""
    result = np.zeros(shape, input.dtype)
    diagonal.forward(result, offset, dim1, dim2)[...] = input
    return result


@diagonal_to.gradient("input")
def _(grad: Value, offset: int, dim1: int, dim2: int) -> Value:
    return diagonal(grad, offset, dim1, dim2)


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
