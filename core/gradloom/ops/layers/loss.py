"""Losses: how far an output is from its target, element by element or summed up.

`reduction` is "none", "sum" or "mean" throughout.
"""

from __future__ import annotations

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.activations import clamp as bounded
from gradloom.kernels.squared_error import mean_squared_error, mean_squared_error_backward
from gradloom.ops.elementwise.activation import softplus
from gradloom.ops.elementwise.bounds import clamp
from gradloom.ops.elementwise.exponential import log
from gradloom.ops.elementwise.logistic import sigmoid
from gradloom.ops.elementwise.signs import sgn
from gradloom.ops.op import Value, op, raw
from gradloom.ops.sample import floats, sample

_REDUCTIONS = ("mean", "sum", "none")


def reduced(values: Value, reduction: str) -> Value:
    """`values` as they are, their sum, or their mean; ValueError for any other word."""
    if reduction == "mean":
        return values.mean()
    if reduction == "sum":
        return values.sum()
    if reduction == "none":
        return values
    raise ValueError(f"{reduction} is not a valid value for reduction")


def _each(grad: Value, values: Value, reduction: str) -> Value:
    """The gradient of each of `values`' elements, given that of their reduction."""
    return grad / raw(values).size if reduction == "mean" else grad


# Differences of numbers


@op(
    samples=[sample(floats(3, 4), floats(3, 4), each) for each in _REDUCTIONS]
    + [sample(floats(3, 4), floats(4))],
    method=False,
)
def mse_loss(input: Value, target: Value, reduction: str = "mean") -> Value:
    """The squared difference."""
    if reduction == "mean":
        return mean_squared_error(input, target)
    difference = input - target
    return reduced(difference * difference, reduction)


@mse_loss.gradient("input")
def _(grad: Array, input: Array, target: Array, reduction: str) -> Array:
    if reduction == "mean":
        return mean_squared_error_backward(grad, input, target)
    return grad * (2.0 * (input - target))


@mse_loss.gradient("target")
def _(grad: Array, input: Array, target: Array, reduction: str) -> Array:
    if reduction == "mean":
        return mean_squared_error_backward(grad, target, input)
    return grad * (2.0 * (target - input))


@mse_loss.composed
def _(input: Value, target: Value, reduction: str) -> Value:
    difference = input - target
    return reduced(difference * difference, reduction)


@op(
    samples=[sample(floats(3, 4), floats(3, 4, low=3.0, high=5.0), each) for each in _REDUCTIONS],
    method=False,
)
def l1_loss(input: Value, target: Value, reduction: str = "mean") -> Value:
    """The absolute difference."""
    return reduced(np.abs(input - target), reduction)


@l1_loss.gradient("input")
def _(grad: Value, input: Value, target: Value, reduction: str) -> Value:
    difference = input - target
    return _each(grad, difference, reduction) * sgn(difference)


@l1_loss.gradient("target")
def _(grad: Value, input: Value, target: Value, reduction: str) -> Value:
    difference = target - input
    return _each(grad, difference, reduction) * sgn(difference)


@op(
    samples=[sample(floats(3, 4), floats(3, 4), each, 0.7) for each in _REDUCTIONS],
    method=False,
)
def huber_loss(input: Value, target: Value, reduction: str = "mean", delta: float = 1.0) -> Value:
    """Half the squared difference up to `delta`, straight beyond (Huber, 1964)."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    # With c the size, but at most delta, both formulas are c * (size - c / 2).
    size = np.abs(input - target)
    capped = bounded(size, None, delta)
    return reduced(capped * (size - 0.5 * capped), reduction)


@huber_loss.gradient("input")
def _(grad: Value, input: Value, target: Value, reduction: str, delta: float) -> Value:
    difference = input - target
    return _each(grad, difference, reduction) * clamp(difference, -delta, delta)


@huber_loss.gradient("target")
def _(grad: Value, input: Value, target: Value, reduction: str, delta: float) -> Value:
    difference = target - input
    return _each(grad, difference, reduction) * clamp(difference, -delta, delta)


# Differences of distributions


@op(
    samples=[
        sample(floats(3, 4, low=0.1, high=0.9), floats(3, 4, low=0.1, high=0.9), each) for each in _REDUCTIONS
    ],
    method=False,
)
def binary_cross_entropy(
    input: Value, target: Value, reduction: str = "mean", weight: Value | None = None
) -> Value:
    """-(target * log(input) + (1 - target) * log(1 - input)), for probabilities in [0, 1].

    The logarithms stop at -100, so that a sure but wrong prediction costs much and not infinitely.
    """
    for name, values in (("input", input), ("target", target)):
        if values.size and not (values.min() >= 0 and values.max() <= 1):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    positive, negative = np.maximum(np.log(input), -100.0), np.maximum(np.log1p(-input), -100.0)
    losses = -(target * positive + (1.0 - target) * negative)
    return reduced(losses if weight is None else losses * weight, reduction)


@binary_cross_entropy.gradient("input")
def _(grad: Value, input: Value, target: Value, reduction: str, weight: Value | None) -> Value:
    slope = (input - target) / clamp(input * (1.0 - input), 1e-12, None)
    each = _each(grad, slope, reduction)
    return each * slope if weight is None else each * slope * weight


@binary_cross_entropy.gradient("target")
def _(grad: Value, input: Value, target: Value, reduction: str, weight: Value | None) -> Value:
    slope = log(1.0 - input) - log(input)
    each = _each(grad, slope, reduction)
    return each * slope if weight is None else each * slope * weight


@op(
    samples=[sample(floats(3, 4), floats(3, 4, low=0.1, high=0.9), each) for each in _REDUCTIONS]
    + [
        sample(
            floats(3, 4),
            floats(3, 4, low=0.1, high=0.9),
            "mean",
            np.array([0.5, 1.0, 1.5, 1.0]),
            np.array([0.5, 1.0, 2.0, 3.0]),
        )
    ],
    method=False,
)
def binary_cross_entropy_with_logits(
    input: Value,
    target: Value,
    reduction: str = "mean",
    weight: Value | None = None,
    pos_weight: Value | None = None,
) -> Value:
    """Binary cross-entropy of sigmoid(input), exact for large inputs of either sign.

    (1 - target) * input + (1 + (pos_weight - 1) * target) * softplus(-input)
    """
    certainty = softplus.forward(-input)
    if pos_weight is not None:
        certainty = certainty * (1.0 + (pos_weight - 1.0) * target)
    losses = (1.0 - target) * input + certainty
    return reduced(losses if weight is None else losses * weight, reduction)


@binary_cross_entropy_with_logits.gradient("input")
def _(
    grad: Value, input: Value, target: Value, reduction: str, weight: Value | None, pos_weight: Value | None
) -> Value:
    doubt = sigmoid(-input)
    if pos_weight is not None:
        doubt = doubt * (1.0 + (pos_weight - 1.0) * target)
    slope = (1.0 - target) - doubt
    each = _each(grad, slope, reduction)
    return each * slope if weight is None else each * slope * weight


@binary_cross_entropy_with_logits.gradient("target")
def _(
    grad: Value, input: Value, target: Value, reduction: str, weight: Value | None, pos_weight: Value | None
) -> Value:
    slope = -input if pos_weight is None else (pos_weight - 1.0) * softplus(-input) - input
    each = _each(grad, slope + 0.0 * target, reduction)
    return each * slope if weight is None else each * slope * weight
