"""Negative log-likelihood of class numbers, from log-probabilities or straight from scores.

The log-softmax inside `cross_entropy` is fused with it: the gradient is softmax minus target, which neither
under- nor overflows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.kernels import rows as kernel
from gradloom.kernels.cross_entropy import mean_cross_entropy, mean_cross_entropy_backward
from gradloom.ops.elementwise.activation import log_softmax
from gradloom.ops.layers.loss import reduced
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, integers, sample
from gradloom.ops.shapes import shaped

_UNSIGNED = {1: np.uint8, 8: np.uint64}
_WEIGHTS = np.array([0.5, 1.0, 2.0])
_SAMPLES = [
    sample(floats(4, 3), integers(4, high=3)),
    sample(floats(4, 3), integers(4, high=3), None, -100, "sum"),
    sample(floats(4, 3), integers(4, high=3), _WEIGHTS, 1, "none"),
    sample(floats(2, 3, 2, 2), np.array([[[0, 2], [1, 1]], [[2, 0], [0, 1]]]), _WEIGHTS, 0, "mean"),
    sample(floats(3), integers(high=3)),
]


class Picks(NamedTuple):
    """Which class each row should be, `shares` how much it counts, `total` what a mean divides by.

    Attributes:
        ignored: whether a row does not count at all; None if all do.
    """

    classes: Array
    shares: Array | float
    total: float
    ignored: Array | None

    def of(self, rows: Array) -> tuple[Array, Array]:
        """The indices of each row's class."""
        return np.arange(len(rows)), self.classes

    def counted(self, values: Array) -> Array:
        """One value for each row, with zeros written where a row is ignored, whatever stands there."""
        if self.ignored is not None:
            values[self.ignored] = 0
        return values


def _as_rows(input: Array) -> Array:
    """Scores with the class axis last, as a matrix: (n, c, ...) -> (n * ..., c), (c,) -> (1, c)."""
    if input.ndim == 2:
        return input
    if input.ndim == 1:
        return input[None]
    return np.moveaxis(input, 1, -1).reshape(-1, input.shape[1])


def _from_rows(rows: Array, shape: tuple[int, ...]) -> Array:
    if len(shape) <= 2:
        return shaped(rows, shape)
    return np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def _picks(input: Array, target: Array, weight: Array | None, ignore_index: int) -> Picks:
    count = input.shape[1 if input.ndim > 1 else 0]
    classes = target.reshape(-1)
    # As unsigned numbers, of which negative ones are the largest.
    inside = classes.size > 0 and np.maximum.reduce(classes.view(_UNSIGNED[classes.itemsize])) < count
    if inside and weight is None and not 0 <= ignore_index < count:
        return Picks(classes, 1.0, float(classes.size), None)
    ignored = classes == ignore_index
    classes = np.where(ignored, 0, classes)
    kernel.refuse_missing(classes, count)
    shares = (~ignored).astype(input.dtype) if weight is None else weight[classes] * ~ignored
    return Picks(classes, shares, float(shares.sum()), ignored)


def _check(input: Array, target: Array, weight: Array | None) -> None:
    if input.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if input.ndim == 1 and target.ndim == 1 and target.size != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.size}")
    if input.ndim > 1 and input.shape[:1] != target.shape[:1]:
        found = target.shape[0] if target.ndim else 0
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({found})."
        )
    if input.ndim <= 2 and target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    expected = (*input.shape[:1], *input.shape[2:])
    if input.ndim > 2 and target.shape != expected:
        raise RuntimeError(f"Expected target size {list(expected)}, got {list(target.shape)}")
    if target.dtype not in (np.int64, np.uint8):
        found = dtypes.legacy_name(target.dtype)
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {found}")
    classes = input.shape[1 if input.ndim > 1 else 0]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {list(weight.shape)}"
        )


def _reduced(losses: Array, target: Array, picks: Picks, reduction: str) -> Array:
    if reduction == "mean":
        # 0 / 0 if every target is ignored, as in PyTorch.
        return np.asarray(np.divide(np.add.reduce(losses), picks.total, dtype=losses.dtype))
    return np.asarray(reduced(losses.reshape(target.shape), reduction))


def _each_row(grad: Array, picks: Picks, reduction: str, rows: Array) -> Array:
    """The gradient of each row's loss, in the rows' dtype."""
    each = np.empty(len(rows), rows.dtype)
    each[...] = grad / picks.total if reduction == "mean" else grad.reshape(-1)
    return picks.counted(each)


@op(samples=_SAMPLES, meets=("input", "weight"), method=False)
def nll_loss(
    input: Value,
    target: Value,
    weight: Value | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Value:
    """The negative log-likelihood of class numbers, given log-probabilities.

    Shapes: input (n, c) or (n, c, ...) or (c), target int64 without the class dimension. Rows whose target is
    `ignore_index` do not count; a mean is weighted.
    """
    _check(input, target, weight)
    picks = _picks(input, target, weight, ignore_index)
    rows = _as_rows(input)
    losses = picks.counted(-picks.shares * rows[picks.of(rows)])
    return _reduced(losses, target, picks, reduction)


@nll_loss.gradient("input")
def _(
    grad: Array, input: Array, target: Array, weight: Array | None, ignore_index: int, reduction: str
) -> Array:
    picks = _picks(input, target, weight, ignore_index)
    rows = np.zeros_like(_as_rows(input))
    rows[picks.of(rows)] = -picks.shares * _each_row(grad, picks, reduction, rows)
    return _from_rows(rows, input.shape)


@op(
    samples=[
        *_SAMPLES,
        sample(floats(4, 3), np.array([0, 2, 1, 2]), None, 1, "mean", 0.1),
        sample(floats(4, 3), integers(4, high=3), _WEIGHTS, 0, "none", 0.3),
    ],
    meets=("input", "weight"),
    keeps=("largest", "sums", "picks"),
    method=False,
)
def cross_entropy(
    input: Value,
    target: Value,
    weight: Value | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Value:
    """The negative log-likelihood of class numbers, given scores: `nll_loss(log_softmax(input), target)`.

    `label_smoothing` is the share of each target that is spread over all classes (Szegedy et al., 2016).
    """
    _check(input, target, weight)
    if weight is None and reduction == "mean" and not label_smoothing:
        return *mean_cross_entropy(_as_rows(input), target.reshape(-1), ignore_index), None
    picks = _picks(input, target, weight, ignore_index)
    rows = _as_rows(input)
    losses, largest, sums = kernel.cross_entropy(rows, picks.classes)
    if picks.ignored is not None:
        losses = picks.shares * losses
    if label_smoothing:
        weights = np.ones(rows.shape[1], rows.dtype) if weight is None else weight
        even = np.log(sums) * weights.sum() - (rows - largest[:, None]) @ weights
        losses = (1 - label_smoothing) * losses + label_smoothing / rows.shape[1] * even
    return _reduced(picks.counted(losses), target, picks, reduction), largest, sums, picks


@cross_entropy.gradient("input")
def _(
    grad: Array,
    input: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
    largest: Array,
    sums: Array,
    picks: Picks | None,
) -> Array:
    scores = _as_rows(input)
    if picks is None:
        back = mean_cross_entropy_backward(scores, target.reshape(-1), ignore_index, largest, sums, grad)
        return _from_rows(back, input.shape)
    pull = each = _each_row(grad, picks, reduction, scores)
    if label_smoothing or picks.ignored is not None:
        pull = each * np.asarray(picks.shares * (1 - label_smoothing), each.dtype)
    rows = kernel.cross_entropy_backward(scores, picks.classes, largest, sums, pull)
    if label_smoothing:
        count = scores.shape[1]
        probabilities = np.exp(scores - largest[:, None]) / sums[:, None]
        weights = np.ones(count, scores.dtype) if weight is None else weight
        share = (label_smoothing / count) * each
        rows += share[:, None] * (probabilities * weights.sum() - weights)
    return _from_rows(rows, input.shape)


@nll_loss.composed
def _(input: Value, target: Value, weight: Value | None, ignore_index: int, reduction: str) -> Value:
    return _expected(input, target, weight, ignore_index, reduction, 0.0)


@cross_entropy.composed
def _(
    input: Value,
    target: Value,
    weight: Value | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Value:
    scores = log_softmax(input, 1 if input.ndim > 1 else 0)
    return _expected(scores, target, weight, ignore_index, reduction, label_smoothing)


def _expected(
    input: Value,
    target: Value,
    weight: Value | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Value:
    """The same in differentiable operations: the dot product of each row with what its target asks for."""
    array, numbers = raw(input.detach()), raw(target)
    weights = None if weight is None else raw(weight.detach())
    picks = _picks(array, numbers, weights, ignore_index)
    rows = np.zeros_like(_as_rows(array))
    rows[picks.of(rows)] = picks.shares * (1 - label_smoothing)
    if label_smoothing:
        counted = (numbers.reshape(-1) != ignore_index)[:, None]
        rows += counted * (label_smoothing / rows.shape[1]) * (1.0 if weights is None else weights)
    asked = _from_rows(rows, array.shape).astype(array.dtype)
    losses = -(input * asked).sum(1 if input.ndim > 1 else 0)
    return losses.sum() / float(picks.total) if reduction == "mean" else reduced(losses, reduction)
