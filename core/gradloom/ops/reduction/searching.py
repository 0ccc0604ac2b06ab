"""Finding: where elements are not zero, where they belong in order, and whether they are among others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array, int64, legacy_name, of_array
from gradloom.ops.copying import cast
from gradloom.ops.movement import selection
from gradloom.ops.movement.views import reshape
from gradloom.ops.op import Value, composite, op, raw
from gradloom.ops.operand import Operand
from gradloom.ops.sample import booleans, floats, integers, sample
from gradloom.ops.shapes import no_such_call


@composite(samples=[sample(integers(3, 4))])
def nonzero(input: Value, *, as_tuple: bool = False) -> Any:
    """The places of the elements that are not 0: one row each, or with `as_tuple` one vector for each dim."""
    if not as_tuple:
        return nonzero_rows(input)
    rows = nonzero_rows(input if input.ndim else reshape(input, (1,)))
    return tuple([rows[:, at] for at in range(rows.shape[1])])


@composite(samples=[sample(integers(3, 4))])
def argwhere(input: Value) -> Value:
    """The places of the elements that are not 0, one row each."""
    return nonzero_rows(input)


@op(samples=[sample(integers(3, 4))], meeting="as_is", method=False)
def nonzero_rows(input: Value) -> Value:
    """The places of the elements that are not 0, one row each."""
    return np.argwhere(input).astype(np.int64, copy=False)


@op(samples=[sample(integers(3, 4), size=5), sample(integers(3), size=5, fill_value=-2)], meeting="as_is")
def nonzero_static(input: Value, size: int, fill_value: int = -1) -> Value:
    """The first `size` rows of `nonzero`, with rows of `fill_value` behind them where there are fewer."""
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    rows = np.argwhere(input)[:size]
    result = np.full((size, input.ndim), fill_value, np.int64)
    result[: len(rows)] = rows
    return result


@composite(
    samples=[sample(booleans(3), floats(3), floats(3)), sample(booleans(3), floats(3), 0.0)], method=False
)
def where_or_nonzero(condition: Value, input: Value = None, other: Value = None) -> Any:
    """`input` where the condition holds, `other` elsewhere; alone, the places where it holds, by dim."""
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    kind = raw(condition).dtype
    if kind.kind != "b" and kind != np.uint8:
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{legacy_name(kind)}"
        )
    return selection.where(condition != 0 if kind == np.uint8 else condition, input, other)


def _chosen_by(self: Operand, condition: Value, other: Value) -> Value:
    """This tensor where the condition holds, `other` elsewhere."""
    return where_or_nonzero(condition, self, other)


Operand.bind("where", _chosen_by)


@composite(samples=[sample(integers(3, 2, high=12), (3, 4))], method=False)
def unravel_index(indices: Value, shape: int | Sequence[int]) -> tuple[Value, ...]:
    """For places in a flattened tensor of `shape` the places in each of its dims."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if raw(indices).dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {of_array(raw(indices))!r}")
    if any(size < 0 for size in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(sizes)}")
    steps = [int(np.prod(sizes[at + 1 :], dtype=np.int64)) for at in range(len(sizes))]
    places = cast(indices, int64)
    return tuple([(places // step) % size for step, size in zip(steps, sizes, strict=True)])


@op(samples=[sample(integers(3, 4), integers(3)), sample(integers(3), 2)], method=False)
def isin(elements: Value, test_elements: Value, assume_unique: bool = False, invert: bool = False) -> Value:
    """For each element whether it is among `test_elements`, or with `invert` whether it is not."""
    if not np.ndim(elements) and not np.ndim(test_elements) and not isinstance(elements, np.ndarray):
        raise no_such_call("isin", elements, test_elements)
    return np.isin(elements, test_elements, invert=invert)


def _count_type(out_int32: bool) -> Any:
    return np.int32 if out_int32 else np.int64


@op(samples=[sample(floats(3, 4), np.array([-1.0, 0.5, 1.0]))], meeting="as_is", method=False)
def bucketize(input: Value, boundaries: Value, out_int32: bool = False, right: bool = False) -> Value:
    """For each element the number of the bucket between `boundaries`, which are in order.

    An element that equals a boundary belongs below it, with `right` above.
    """
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    found = np.searchsorted(boundaries, input, "right" if right else "left")
    return np.asarray(found, _count_type(out_int32))


@op(
    samples=[
        sample(np.array([-1.0, 0.5, 1.0]), floats(3, 4)),
        sample(floats(2, 5, distinct=True), floats(2, 3), sorter=np.array([[0, 1, 2, 3, 4]] * 2)),
        sample(np.array([-1.0, 0.5, 1.0]), floats(), right=True),
    ],
    meeting="as_is",
    method=False,
)
def searchsorted(
    sorted_sequence: Value,
    input: Value,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Value | None = None,
) -> Value:
    """Where each element of `input` belongs in the last dim of `sorted_sequence`, so that it stays in order.

    The other dims of both correspond, unless the sequence has only one. `sorter` names the order of a
    sequence that is not in order.
    """
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right "
            "was True"
        )
    values = np.asarray(input)
    _check_search(sorted_sequence, values, input, sorter)
    rows = sorted_sequence if sorter is None else np.take_along_axis(sorted_sequence, sorter, -1)
    way: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        return np.asarray(np.searchsorted(rows, values, way), _count_type(out_int32))
    if not values.size:
        return np.zeros(values.shape, _count_type(out_int32))
    flat = rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1])
    found = [np.searchsorted(row, each, way) for row, each in zip(*flat, strict=True)]
    return np.array(found, _count_type(out_int32)).reshape(values.shape)


def _check_search(sequence: Array, values: Array, input: Value, sorter: Array | None) -> None:
    if sequence.ndim != 1 and not values.ndim:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, "
            f"but we got boundaries tensor dim({sequence.ndim}) and input value's dim(0) numel({values.size})"
        )
    if sequence.ndim != 1 and sequence.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
            "boundaries tensor and input value tensor must match, but we got boundaries tensor "
            f"{list(sequence.shape)} and input value tensor {list(values.shape)}"
        )
    if sorter is None:
        return
    if sorter.shape != sequence.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(sequence.shape)}and got sorter tensor {list(sorter.shape)}"
        )
    if sorter.dtype != np.int64:
        raise RuntimeError(
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
            f"{legacy_name(sorter.dtype)}"
        )
    if sorter.size and (sorter.min() < 0 or sorter.max() >= sequence.shape[-1]):
        raise RuntimeError("torch.searchsorted(): sorter index out of range")
