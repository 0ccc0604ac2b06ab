"""Cross-entropy with class probabilities: how far softmax(scores) is from a distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.elementwise.activation import log_softmax
from gradloom.ops.layers.loss import reduced
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample

_WEIGHTS = np.array([0.5, 1.0, 2.0])
_SHARES = floats(4, 3, low=0.1, high=0.9)


@op(
    samples=[
        sample(floats(4, 3), _SHARES),
        sample(floats(4, 3), _SHARES, _WEIGHTS, "sum", 0.2),
        sample(floats(2, 3, 2), floats(2, 3, 2, low=0.1, high=0.9), _WEIGHTS, "none"),
        sample(floats(3), floats(3, low=0.1, high=0.9)),
    ],
    keeps=("logs", "asked"),
    method=False,
)
def soft_cross_entropy(
    input: Value,
    target: Value,
    weight: Value | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Value:
    """-(log_softmax(input) * target * weight) summed over classes.

    Shapes: input and target (n, c), (n, c, ...) or (c), weight (c). The mean is over samples, whatever their
    weights, as in PyTorch.
    """
    dim = min(1, input.ndim - 1)
    shifted = input - input.max(axis=dim, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
    asked = target
    if label_smoothing:
        asked = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    if weight is not None:
        asked = asked * _per_class(weight, input)
    losses = -(logs * asked).sum(axis=dim)
    return np.asarray(reduced(losses, reduction)), logs, asked


@soft_cross_entropy.gradient("input", "target")
def _(
    grad: Array,
    weight: Array | None,
    logs: Array,
    asked: Array,
    reduction: str,
    label_smoothing: float,
    needs: Sequence[bool],
) -> tuple[Array | None, Array | None]:
    dim = min(1, logs.ndim - 1)
    each = grad / (logs.size / logs.shape[dim]) if reduction == "mean" else grad
    each = np.expand_dims(each, dim) if reduction == "none" else each
    found = each * (np.exp(logs) * asked.sum(axis=dim, keepdims=True) - asked)
    if not needs[1]:
        return found, None
    share = -each * logs * (1 - label_smoothing)
    return found, share if weight is None else share * _per_class(weight, logs)


@soft_cross_entropy.composed
def _(input: Value, target: Value, weight: Value | None, reduction: str, label_smoothing: float) -> Value:
    dim = min(1, input.ndim - 1)
    asked = target
    if label_smoothing:
        asked = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    if weight is not None:
        asked = asked * _per_class(weight, input)
    return reduced(-(log_softmax(input, dim) * asked).sum(dim), reduction)


def _per_class(weight: Value, input: Value) -> Value:
    return weight.reshape(-1, *(1,) * (input.ndim - min(1, input.ndim - 1) - 1))
