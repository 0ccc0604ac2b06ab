"""Several tensors to one, and one in a wider frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.kernels.copying import joined
from gradloom.ops.movement.slicing import narrow, select
from gradloom.ops.movement.views import atleast_1d, atleast_2d, atleast_3d, reshape
from gradloom.ops.op import Value, Values, composite, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import Shape, one_dim


def _explain(args: Sequence[Any]) -> str | None:
    """Why arrays do not go one behind the other."""
    arrays, dim = args[:2]
    first = next((each for each in arrays if each.shape != (0,)), None)
    for place, each in enumerate(arrays):
        if not each.ndim:
            return f"zero-dimensional tensor (at position {place}) cannot be concatenated"
        if first is None or each.shape == (0,):
            continue
        if each.ndim != first.ndim:
            return f"Tensors must have same number of dimensions: got {first.ndim} and {each.ndim}"
        at = one_dim(dim, first.ndim)
        for axis, (have, want) in enumerate(zip(each.shape, first.shape, strict=True)):
            if axis != at and have != want:
                return (
                    f"Sizes of tensors must match except in dimension {at}. Expected size {want} but got "
                    f"size {have} for tensor number {place} in the list."
                )
    return None


@op(
    samples=[sample([floats(2, 3), floats(4, 3)]), sample([floats(2, 3), floats(2, 1), floats(2, 2)], -1)],
    explain=_explain,
    method=False,
    moves=True,
)
def cat(tensors: Values, dim: int = 0) -> Value:
    """The tensors one behind the other along `dim`."""
    if not tensors:
        # An empty list says nothing of dtype or size.
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    # PyTorch lets empty vectors pass whatever the shape of the others.
    parts = [each for each in tensors if each.shape != (0,)] or tensors
    return joined(parts, one_dim(dim, parts[0].ndim))


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


@op(
    samples=[sample([floats(2, 3), floats(2, 3)]), sample([floats(2, 3), floats(2, 3)], -1)],
    method=False,
    moves=True,
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
    ahead = (slice(None),) * at
    return joined([each[(*ahead, None)] for each in tensors], at)


@stack.gradient("tensors")
def _(grad: Value, tensors_shape: list[Shape], dim: int) -> list[Value]:
    return [select(grad, dim, at) for at in range(len(tensors_shape))]


def _not_none(tensors: Any, name: str) -> Any:
    if not len(tensors):
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


@composite(samples=[sample([floats(2, 3), floats(1, 3)])], method=False)
def vstack(tensors: Values) -> Value:
    """The tensors one below the other; vectors as rows."""
    return cat(atleast_2d(_not_none(tuple(tensors), "vstack")), 0)


@composite(samples=[sample([floats(2), floats(3)]), sample([floats(2, 1), floats(2, 3)])], method=False)
def hstack(tensors: Values) -> Value:
    """The tensors side by side."""
    wide = atleast_1d(_not_none(tuple(tensors), "hstack"))
    return cat(wide, 0 if wide[0].ndim == 1 else 1)


@composite(samples=[sample([floats(2), floats(2)]), sample([floats(2, 1, 2), floats(2, 1, 3)])], method=False)
def dstack(tensors: Values) -> Value:
    """The tensors one behind the other in the third dim."""
    return cat(atleast_3d(_not_none(tuple(tensors), "dstack")), 2)


@composite(samples=[sample([floats(2), floats(2, 3)])], method=False)
def column_stack(tensors: Values) -> Value:
    """The tensors side by side; vectors as columns."""
    return hstack(
        [reshape(each, (-1, 1)) if each.ndim < 2 else each for each in _not_none(tensors, "column_stack")]
    )


@op(
    samples=[
        sample(floats(2, 3), (1, 2)),
        sample(floats(2, 3), (0, 1, 2, 0), 1.5),
        sample(floats(2, 4), (-1, 1)),
    ],
    meeting="as_is",
    method=False,
    moves=True,
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
