"""Views: other shapes and strides over the same memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, float64, legacy_name
from gradloom.dtypes import dtype as DType
from gradloom.kernels.copying import row_major
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.operand import Operand
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import Shape, explain_broadcast, listed_dims, one_dim


def _sizes(shape: Any) -> Shape:
    return tuple(int(size) for size in ([shape] if isinstance(shape, (int, np.integer)) else shape))


def _filled_in(array: Array, shape: Shape) -> Shape:
    """`shape` with its one -1 worked out; RuntimeError if the element counts differ."""
    sizes = _sizes(shape)
    if -1 not in sizes:
        if math.prod(sizes) != array.size or (sizes and min(sizes) < 0):
            raise RuntimeError(_misfit(array, sizes))
        return sizes
    known = math.prod([size for size in sizes if size != -1])
    if sizes.count(-1) > 1 or known <= 0 or array.size % known:
        raise RuntimeError(_misfit(array, sizes))
    return tuple([array.size // known if size == -1 else size for size in sizes])


def _misfit(array: Array, sizes: Shape) -> str:
    """Why an array cannot have these sizes."""
    if sizes.count(-1) > 1:
        return "only one dimension can be inferred"
    for at, size in enumerate(sizes):
        if size < -1:
            return f"invalid shape dimension {size} at index {at} of shape {list(sizes)}"
    if -1 in sizes and 0 in sizes and not array.size:
        return (
            f"cannot reshape tensor of 0 elements into shape {list(sizes)} because the unspecified dimension "
            "size -1 can be any value and is ambiguous"
        )
    return f"shape '{list(sizes)}' is invalid for input of size {array.size}"


@op(
    samples=[sample(floats(2, 6), (3, 4)), sample(floats(4), (-1, 2))],
    meeting="as_is",
    view=True,
    spread="shape",
)
def reshape(input: Value, shape: Sequence[int]) -> Value:
    """The same elements in another shape, without a copy where strides allow; one size may be -1."""
    sizes = _filled_in(input, tuple(shape))
    if input.flags.c_contiguous:
        return input.reshape(sizes)
    try:
        return input.reshape(sizes, copy=False)
    except ValueError:
        return row_major(input).reshape(sizes)


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


@op(samples=[sample(floats(2, 6), (3, -1))], meeting="as_is", view=True, spread="shape", method=False)
def view(input: Value, shape: Sequence[int]) -> Value:
    """The same memory in another shape; RuntimeError where the strides do not allow it."""
    return _viewed(input, _filled_in(input, tuple(shape)))


@view.gradient("input")
def _(grad: Value, input_shape: Shape) -> Value:
    return reshape(grad, input_shape)


@op(samples=[sample(integers(2, 6), float64)], meeting="as_is", view=True, method=False)
def view_dtype(input: Value, dtype: DType) -> Value:
    """The same memory read as another dtype, the last dim longer or shorter where its elements are."""
    have, want = input.itemsize, dtype.itemsize
    if have != want:
        _check_regrouping(input, dtype)
    return input.view(dtype.numpy)


def _check_regrouping(array: Array, dtype: DType) -> None:
    """RuntimeError unless the last dim can be read in elements of another size."""
    kinds = f"{legacy_name(array.dtype)} as {legacy_name(dtype.numpy)} (different element sizes)"
    if not array.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 to view {kinds}")
    step, ratio = array.strides[-1] // array.itemsize, dtype.itemsize // array.itemsize
    if step != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 to view {kinds}, but got {step}")
    if ratio and array.shape[-1] % ratio:
        raise RuntimeError(
            f"self.size(-1) must be divisible by {ratio} to view {kinds}, but got {array.shape[-1]}"
        )


def _view(self: Operand, *shape: Any, size: Any = None, dtype: DType | None = None) -> Value:
    """The same memory in another shape, or read as another dtype."""
    given = dtype if dtype is not None else size if size is not None else shape
    if len(shape) == 1:
        given = shape[0]
    return view_dtype(self, given) if isinstance(given, DType) else view(self, given)


Operand.bind("view", _view)


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
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    size, known = shape[at], math.prod([each for each in sizes if each != -1])
    if sizes.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if (known != size and -1 not in sizes) or (-1 in sizes and (not known or size % known)):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({size}) in "
            "the input tensor"
        )
    return view(input, (*shape[:at], *sizes, *shape[at + 1 :]))


@composite(samples=[sample(floats(2, 3))])
def ravel(input: Value) -> Value:
    """All elements in one dim, without a copy where strides allow."""
    return reshape(input, (-1,))


@op(samples=[sample(floats(2, 3, 4), (2, 0, 1))], meeting="as_is", view=True, spread="dims")
def permute(input: Value, dims: Sequence[int]) -> Value:
    """The dims in another order."""
    if len(dims) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
            f"desired ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = "
            f"{len(dims)}"
        )
    order = [one_dim(dim, input.ndim) for dim in dims]
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return input.transpose(order)


@permute.gradient("input")
def _(grad: Value, dims: Sequence[int]) -> Value:
    back = [0] * len(dims)
    for place, dim in enumerate(dims):
        back[dim] = place
    return permute(grad, back)


@op(samples=[sample(floats(2, 3, 4), 0, -1)], meeting="as_is", view=True, aliases=("swapaxes", "swapdims"))
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


def _moved(ndim: int, dims: Any, role: str) -> list[int]:
    found = [one_dim(dim, ndim) for dim in _sizes(dims)]
    if len(set(found)) != len(found):
        raise RuntimeError(f"movedim: repeated dim in `{role}` ({list(_sizes(dims))})")
    return found


@composite(
    samples=[sample(floats(2, 3, 4), 0, 2), sample(floats(2, 3, 4), (0, 1), (1, 2))], aliases=("moveaxis",)
)
def movedim(input: Value, source: Any, destination: Any) -> Value:
    """The dims `source` moved to the places `destination`, the others kept in order."""
    sources, places = _moved(input.ndim, source, "source"), _moved(input.ndim, destination, "destination")
    if len(sources) != len(places):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(_sizes(source))} dims) should "
            f"contain the same number of dims as destination ({list(_sizes(destination))} dims)"
        )
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
    if -1 in sizes[:lead]:
        raise RuntimeError(
            f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension "
            f"{sizes.index(-1)}"
        )
    wanted = tuple([input.shape[at - lead] if size == -1 else size for at, size in enumerate(sizes)])
    for at in reversed(range(input.ndim)):
        have, want = input.shape[at], wanted[lead + at]
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
    dims = range(input.ndim) if dim is None else listed_dims(_sizes(dim), input.ndim)
    return input.reshape([size for at, size in enumerate(input.shape) if at not in dims or size != 1])


@squeeze.gradient("input")
def _(grad: Value, input_shape: Shape) -> Value:
    return reshape(grad, input_shape)


@composite(samples=[sample(floats(3, 1), floats(4))], method=False)
def broadcast_tensors(*tensors: Any) -> tuple[Value, ...]:
    """The tensors expanded to the shape that they broadcast to."""
    given = spread_out(tensors)
    sentence = explain_broadcast([raw(each) for each in given])
    if sentence is not None:
        raise RuntimeError(sentence)
    shape = np.broadcast_shapes(*[tuple(each.shape) for each in given])
    return tuple([expand(each, shape) for each in given])


def spread_out(values: Sequence[Any]) -> tuple[Any, ...]:
    """What was given as several arguments or as one sequence."""
    only = values[0] if len(values) == 1 else None
    return tuple(only if isinstance(only, (tuple, list)) else values)


def _at_least(ndim: int, tensors: Sequence[Any]) -> Any:
    """Each tensor with dims of size 1 added until there are `ndim`: in front, a third one behind."""
    made = []
    for each in spread_out(tensors):
        while each.ndim < ndim:
            each = unsqueeze(each, -1 if each.ndim == 2 else 0)
        made.append(each)
    return tuple(made) if len(tensors) > 1 or isinstance(tensors[0], (tuple, list)) else made[0]


@composite(samples=[sample(floats()), sample(floats(2))], method=False)
def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with at least one dim."""
    return _at_least(1, tensors)


@composite(samples=[sample(floats()), sample(floats(2))], method=False)
def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with at least two dims; a vector is one row."""
    return _at_least(2, tensors)


@composite(samples=[sample(floats(2)), sample(floats(2, 3))], method=False)
def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with at least three dims: a vector becomes (1, n, 1), a matrix (n, m, 1)."""
    return _at_least(3, tensors)
