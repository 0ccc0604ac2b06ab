"""Filling, writing and picking by masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, is_array, legacy_name, native_name, of_array
from gradloom.kernels.pairing import chosen
from gradloom.limits import finfo
from gradloom.ops.copying import fitting
from gradloom.ops.movement.indexing import advanced_index
from gradloom.ops.movement.selection import where
from gradloom.ops.movement.slicing import scatter_to
from gradloom.ops.movement.views import expand, reshape
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.sample import booleans, floats, sample
from gradloom.ops.shapes import Shape, explain_broadcast


def _explain(args: Sequence[Any]) -> str | None:
    """Why a mask and a tensor do not go together."""
    return explain_broadcast([args[1], args[0]])


@op(
    samples=[sample(floats(3, 4), booleans(3, 4), 2.0), sample(floats(3, 4), booleans(4), floats())],
    meeting="as_is",
    explain=_explain,
    inplace=True,
    moves=True,
)
def masked_fill(input: Value, mask: Value, value: Value) -> Value:
    """`value`, a number or 0-dim tensor, where the mask holds; `input` elsewhere."""
    if mask.dtype.kind != "b":
        kind = of_array(mask).name.replace("32", "").replace("64", "")
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {kind}")
    if np.ndim(value):
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{np.ndim(value)} dimension(s)."
        )
    number = value.item() if is_array(value) else value
    if input.dtype.kind in "fV" and finfo(of_array(input)).max < abs(number) < np.inf:
        name = native_name(input.dtype)
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    return chosen(mask, fitting(number, input.dtype), input)


@masked_fill.gradient("input")
def _(grad: Value, mask: Value) -> Value:
    return where(mask, 0, grad)


@masked_fill.gradient("value")
def _(grad: Value, mask: Value) -> Value:
    return where(mask, grad, 0)


@op(
    samples=[
        sample(floats(3, 4), np.arange(12).reshape(3, 4) % 3 == 0, floats(5)),
        sample(floats(2, 3), np.array([True, False, True]), floats(2, 3)),
    ],
    meeting="as_is",
    explain=_explain,
    inplace=True,
    moves=True,
)
def masked_scatter(input: Value, mask: Value, source: Value) -> Value:
    """A copy of `input` with the elements of `source`, in order, where the mask holds."""
    if mask.dtype.kind != "b":
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {legacy_name(mask.dtype)}"
        )
    if input.dtype != source.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{legacy_name(input.dtype)} and {legacy_name(source.dtype)}"
        )
    whole, places = np.broadcast_arrays(input, mask)
    count = np.count_nonzero(places)
    if count > source.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    result = whole.copy()
    result[places] = source.reshape(-1)[:count]
    return result


@masked_scatter.gradient("input")
def _(grad: Value, mask: Value) -> Value:
    return where(mask, 0, grad)


@masked_scatter.gradient("source")
def _(grad: Value, mask: Value, source_shape: Shape) -> Value:
    taken = masked_select(grad, mask)
    count = int(np.prod(source_shape, dtype=np.int64))
    return reshape(scatter_to(taken, (count,), (slice(0, taken.shape[0]),)), source_shape)


@composite(samples=[sample(floats(2, 3), booleans(2, 3)), sample(floats(2, 3), booleans(3))])
def masked_select(input: Value, mask: Value) -> Value:
    """The elements where the mask holds, as a vector."""
    places: Array = raw(mask)
    if places.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    sentence = explain_broadcast([places, raw(input)])
    if sentence is not None:
        raise RuntimeError(sentence)
    shape = np.broadcast_shapes(tuple(input.shape), tuple(places.shape))
    return advanced_index(expand(input, shape), (np.broadcast_to(places, shape),))
