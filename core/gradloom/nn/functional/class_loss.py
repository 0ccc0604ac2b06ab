"""Losses for classes: from scores or log-probabilities of each, and the right one. Means are over samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.nn.functional.reduction import chosen
from gradloom.ops.elementwise.activation import logsigmoid
from gradloom.ops.layers import cross_entropy as class_ops
from gradloom.ops.layers.linear import linear
from gradloom.ops.layers.loss import reduced
from gradloom.ops.layers.soft_cross_entropy import soft_cross_entropy
from gradloom.ops.movement.selection import where
from gradloom.ops.op import raw
from gradloom.tensor import Tensor, wrap


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The negative log-likelihood of the target under softmax(input).

    Shapes: input (n, c), (n, c, ...) or (c) of scores; target the same without c, int64 class numbers, or of
    input's shape, class probabilities.

    Raises:
        ValueError: the numbers of samples differ.
        IndexError: a class number is out of range.
    """
    reduction = chosen(reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if target.shape != input.shape:
        return class_ops.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)
    if not target.is_floating_point():
        found = dtypes.legacy_name(raw(target).dtype)
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {found}")
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    classes = input.shape[min(1, input.ndim - 1)]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {list(weight.shape)}"
        )
    return soft_cross_entropy(input, target, weight, reduction, label_smoothing)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-likelihood of class numbers, given log-probabilities.

    Shapes: input (n, c), (n, c, ...) or (c), target the same without c.
    """
    return class_ops.nll_loss(input, target, weight, ignore_index, chosen(reduction, size_average, reduce))


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: object = None,
) -> Tensor:
    """`cross_entropy(linear(input, linear_weight, linear_bias), target)`.

    Shapes: input (n, in) or (in), linear_weight (c, ..., in), linear_bias (c, ...). `options` say how much
    PyTorch computes at a time, which changes nothing in the result.
    """
    _check_linear(input, linear_weight, linear_bias)
    classes, *further = linear_weight.shape[:-1]
    shape = (*input.shape[:-1], classes, *further)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    rows = math.prod((classes, *further))
    bias = None if linear_bias is None else linear_bias.reshape(rows)
    scores = linear(input, linear_weight.reshape(rows, linear_weight.shape[-1]), bias).reshape(shape)
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(
        scores,
        target,
        weight,
        ignore_index=ignored,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes of max(0, margin - input[target] + input[class]) ** p, but for the right class.

    Shapes: input (n, c) or (c), target (n) or one number, weight (c).
    """
    reduction = chosen(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    numbers = _check_margins(input, target, weight)
    rows: Any = _rows(input)
    right = wrap(numbers.reshape(-1, 1))
    above: Any = margin - rows.gather(1, right) + rows
    counted = raw(above.detach()) > 0
    counted &= np.arange(rows.shape[1]) != numbers.reshape(-1, 1)
    losses: Any = where(wrap(counted), above, 0.0) ** p
    if weight is not None:
        losses = losses * weight[wrap(numbers.reshape(-1))].unsqueeze(1)
    each: Any = losses.sum(1) / rows.shape[1]
    return reduced(each.reshape(tuple(target.shape)) if input.ndim < 2 else each, reduction)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes of max(0, 1 - input[right] + input[wrong]), for all pairs of right and wrong.

    Shapes: input and target (n, c) or (c); target lists the right classes of a sample, up to the first -1.
    """
    reduction = chosen(reduction, size_average, reduce)
    if input.ndim > 2 or 0 in input.shape[-1:]:
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input.shape)}"
        )
    if tuple(input.shape) != tuple(target.shape):
        raise RuntimeError(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
        )
    _check_long(target)
    rows: Any = _rows(input)
    classes = rows.shape[1]
    numbers = raw(target).reshape(-1, classes)
    if numbers.size and (numbers.min() < -1 or numbers.max() >= classes):
        raise RuntimeError("argument #2 'target' is out of range")
    listed = np.logical_and.accumulate(numbers >= 0, axis=1)
    right = np.zeros(numbers.shape, np.bool_)
    at = np.nonzero(listed)
    right[at[0], numbers[at]] = True
    highest: Any = rows.gather(1, wrap(np.where(listed, numbers, 0))).unsqueeze(2)
    above = 1 - highest + rows.unsqueeze(1)
    counted = listed[:, :, None] & ~right[:, None, :] & (raw(above.detach()) > 0)
    each: Any = where(wrap(counted), above, 0.0).sum((1, 2)) / classes
    return reduced(each.squeeze(0) if input.ndim < 2 else each, reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes of the cross-entropy of sigmoid(input) with a yes or no for each class."""
    if size_average is not None or reduce is not None:
        reduction = chosen(reduction, size_average, reduce)
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not valid")
    losses: Any = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduced(losses.sum(-1) / input.shape[-1], reduction)


def _rows(input: Tensor) -> Tensor:
    """Scores as a matrix; those of a single sample as its only row."""
    return input if input.ndim == 2 else input.reshape(1, -1)


def _check_long(target: Tensor) -> None:
    if raw(target).dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {dtypes.legacy_name(raw(target).dtype)}")


def _check_margins(input: Tensor, target: Tensor, weight: Tensor | None) -> Array:
    shape = list(input.shape) or [1]
    if input.ndim > 2 or not shape[-1]:
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {shape}"
        )
    samples = 1 if input.ndim < 2 else shape[0]
    if target.ndim > 1 or target.numel() != samples:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples "
            f"(batch size). Expected target size [{samples}], but got {list(target.shape)}. Input has shape "
            f"{shape}."
        )
    if weight is not None and tuple(weight.shape) != (shape[-1],):
        raise RuntimeError(f"inconsistent weight size, expected {shape[-1]} but got {list(weight.shape)}")
    _check_long(target)
    numbers = raw(target)
    if numbers.size and (numbers.min() < 0 or numbers.max() >= shape[-1]):
        raise RuntimeError("target out of range")
    return numbers


def _check_linear(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if not 1 <= input.ndim <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {weight.ndim}")
    if input.shape[-1] != weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {weight.shape[-1]}, respectively"
        )
    outputs: Sequence[int] = tuple(weight.shape[:-1])
    if bias is not None and tuple(bias.shape) != outputs:
        raise RuntimeError(f"expected linear_bias shape {outputs}, got {tuple(bias.shape)}")
    if weight.ndim > 2 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(weight.shape)} requires batched "
            f"input, (N, {input.shape[-1]}), got unbatched input with shape {tuple(input.shape)}"
        )
