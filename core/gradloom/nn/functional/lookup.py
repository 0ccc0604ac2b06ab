"""Numbers of things, as vectors."""

from __future__ import annotations

import numpy as np

from gradloom.autograd.grad_mode import whole
from gradloom.dtypes import legacy_name
from gradloom.nn.functional.bags import bag_maxima, bounds_of_bags
from gradloom.ops.layers import embedding as ops
from gradloom.tensor import Tensor, wrap


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` that `input` numbers.

    Args:
        input: integers of any shape.
        weight: (rows, d).
        padding_idx: a row that gets no gradient.
        max_norm: rows that are looked up and are longer are shortened to this, in place.
        norm_type: of which order the norm is.
        scale_grad_by_freq: whether a row's gradient is divided by how often it is looked up.
        sparse: accepted; gradients are whole tensors.
    """
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    rows = weight.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise AssertionError("Padding_idx must be within num_embeddings")
    if max_norm is not None:
        _shorten(weight, input, max_norm, norm_type)
    return ops.embedding(input, weight, -1 if padding_idx is None else padding_idx % rows, scale_grad_by_freq)


@whole
def _shorten(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    """Rows that are longer than `max_norm`, shortened in place, unknown to the tape."""
    named = np.unique(input.array)
    norms = np.linalg.norm(weight.array[named], norm_type, axis=1)
    long = norms > max_norm
    factors = (max_norm / (norms[long] + 1e-7)).astype(weight.array.dtype)
    weight.array[named[long]] *= factors[:, None]
    weight._counter[0] += 1


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """For each bag of numbers the sum, mean or maximum of the rows of `weight` that they name.

    Args:
        input: (bags, n) integers, or all bags behind each other.
        weight: (rows, d).
        offsets: where each bag begins, if they stand behind each other.
        max_norm: rows that are looked up and are longer are shortened to this, in place.
        norm_type: of which order the norm is.
        scale_grad_by_freq: whether a row's gradient is divided by how often it is looked up.
        mode: "sum", "mean" or "max"; an empty bag gives zeros.
        sparse: accepted; gradients are whole tensors.
        per_sample_weights: factors of the rows, in the shape of `input`; for "sum" only.
        include_last_offset: whether `offsets` also says where the last bag ends.
        padding_idx: a row that does not count.

    Raises:
        ValueError: shapes or settings that do not fit each other.
    """
    _check_bag_settings(input, weight, per_sample_weights, mode, scale_grad_by_freq, sparse)
    bounds = bounds_of_bags(input, offsets, include_last_offset)
    numbers = input.reshape(-1)[: bounds[-1]]
    rows = weight.shape[0]
    _check_numbers(numbers, rows, padding_idx)
    if max_norm is not None:
        _shorten(weight, numbers, max_norm, norm_type)
    padding = -1 if padding_idx is None else padding_idx % rows
    values = ops.embedding(numbers, weight, padding, scale_grad_by_freq)
    counted = numbers.array != padding
    if mode == "max":
        return bag_maxima(values, bounds, counted)
    if per_sample_weights is not None:
        values = values * per_sample_weights.reshape(-1, 1)[: bounds[-1]]
    count = len(bounds) - 1
    # What does not count goes into a bag of its own behind the others.
    bags = np.where(counted, np.repeat(np.arange(count), np.diff(bounds)), count)
    sums: Tensor = ops.embedding_sums(values, bags, count + 1, -1)[:count]
    if mode == "sum":
        return sums
    sizes = np.bincount(bags, minlength=count + 1)[:count]
    return sums / wrap(np.maximum(sizes, 1).astype(values.array.dtype)[:, None])


def _check_bag_settings(
    input: Tensor, weight: Tensor, factors: Tensor | None, mode: str, by_freq: bool, sparse: bool
) -> None:
    if factors is not None and input.shape != factors.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({factors.shape}) is not None, then it must have the same "
            f"shape as the input ({input.shape})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if factors is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for "
            f"mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )


def _check_numbers(numbers: Tensor, rows: int, padding_idx: int | None) -> None:
    array = numbers.array
    if array.dtype.kind not in "iu":
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
            f"but got gradloom.{legacy_name(array.dtype)}Tensor instead (while checking arguments for "
            "embedding_bag)"
        )
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, -{rows} through {rows - 1}, but got "
            f"{padding_idx}"
        )
    wrong = np.flatnonzero((array < 0) | (array >= rows))
    if wrong.size:
        raise RuntimeError(
            f"Index {wrong[0]} of input takes value {array[wrong[0]]} which is not in the valid range "
            f"[0, {rows})"
        )


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Class numbers as rows with a single 1.

    Shapes: int64 (...) -> int64 (..., num_classes); -1 makes room for the largest number.
    """
    numbers = tensor.array
    if numbers.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if numbers.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    return _rows_of(tensor, int(tensor.max()) + 1 if num_classes == -1 else num_classes)


@whole
def _rows_of(tensor: Tensor, count: int) -> Tensor:
    numbers = tensor.array
    if numbers.size and numbers.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if numbers.size and numbers.max() >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((numbers[..., None] == np.arange(count)).astype(np.int64))
