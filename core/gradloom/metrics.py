"""Metrics: figures over a whole data set, gathered batch by batch.

A metric is a class with `reset()`, `update(output, target)` and `compute()`. Its value is that of the whole
data set at once, not the mean over batches, so that it does not depend on the batch size.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradloom.tensor import Tensor

Array = NDArray[Any]


class Metric(Protocol):
    """What a trainer needs of a metric. All state lies in plain attributes: numbers and arrays."""

    def reset(self) -> None:
        """Forget everything seen."""

    def update(self, output: Tensor, target: Tensor) -> None:
        """Take in one batch: what the network gave, (N, ...), and what would be right."""

    def compute(self) -> float:
        """The value over everything since `reset`; NaN where nothing was seen."""


class Accuracy:
    """Share of samples whose class is right, 0 to 1.

    The class is the largest of (N, C) outputs, and for outputs of (N,) or (N, 1), which are logits of the
    second of two classes, whether they are above 0.

    Example:
        >>> accuracy = Accuracy()
        >>> accuracy.update(tensor([[0.1, 0.9], [0.8, 0.2]]), tensor([1, 1]))
        >>> accuracy.compute()
        0.5
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.right = 0
        self.seen = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        scores, labels = _array(output), _array(target)
        if scores.ndim > 1 and scores.shape[1] > 1:
            chosen = scores.argmax(axis=1)
            labels = labels.argmax(axis=1) if labels.shape == scores.shape else labels
        else:
            chosen = scores > 0
        if chosen.size != labels.size:
            raise ValueError(
                f"Accuracy compares outputs of shape {scores.shape} with labels of shape {labels.shape}; "
                "the network must give one score for each class and sample."
            )
        self.right += int(np.count_nonzero(chosen.reshape(labels.shape) == labels))
        self.seen += labels.size

    def compute(self) -> float:
        return self.right / self.seen if self.seen else math.nan


class MAE:
    """Mean absolute error, over all samples and columns."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.total = 0.0
        self.seen = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        predicted, wanted = _pair("MAE", output, target)
        self.total += float(np.abs(predicted - wanted).sum(dtype=np.float64))
        self.seen += wanted.size

    def compute(self) -> float:
        return self.total / self.seen if self.seen else math.nan


class RMSE:
    """Root of the mean squared error, over all samples and columns."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.total = 0.0
        self.seen = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        predicted, wanted = _pair("RMSE", output, target)
        self.total += float(np.square(predicted - wanted, dtype=np.float64).sum())
        self.seen += wanted.size

    def compute(self) -> float:
        return math.sqrt(self.total / self.seen) if self.seen else math.nan


class R2:
    """Coefficient of determination, 1 - residual / total sum of squares.

    1 is perfect, 0 is no better than always giving the mean. Of several columns, the mean of each one's
    value; a constant column counts 1 if it is met exactly, else 0.

    Source: https://en.wikipedia.org/wiki/Coefficient_of_determination; the sums are merged as in Chan, Golub
    and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seen = 0
        self.mean: Array = np.zeros(1)
        self.total: Array = np.zeros(1)
        self.residual: Array = np.zeros(1)

    def update(self, output: Tensor, target: Tensor) -> None:
        predicted, wanted = _pair("R2", output, target)
        rows = wanted.astype(np.float64).reshape(len(wanted), -1)
        mean = rows.mean(axis=0)
        distance = mean - self.mean
        seen = self.seen + len(rows)
        self.total = (
            self.total + np.square(rows - mean).sum(axis=0) + distance**2 * (self.seen * len(rows) / seen)
        )
        self.mean = self.mean + distance * (len(rows) / seen)
        self.residual = self.residual + np.square(rows - predicted.reshape(rows.shape)).sum(axis=0)
        self.seen = seen

    def compute(self) -> float:
        if not self.seen:
            return math.nan
        constant = self.total == 0
        share = self.residual / np.where(constant, 1.0, self.total)
        return float(np.where(constant, self.residual == 0, 1.0 - share).mean())


def _array(tensor: Tensor) -> Array:
    return tensor.detach().numpy()


def _pair(metric: str, output: Tensor, target: Tensor) -> tuple[Array, Array]:
    predicted, wanted = _array(output), _array(target)
    if predicted.shape == wanted.shape:
        return predicted, wanted
    if predicted.size == wanted.size and len(predicted) == len(wanted):
        return predicted.reshape(wanted.shape), wanted
    raise ValueError(
        f"{metric} compares outputs of shape {predicted.shape} with targets of shape {wanted.shape}; "
        "the network must give one value for each target."
    )
