"""Normalization over the batch: one mean and variance for each channel.

The gradient (Ioffe and Szegedy, 2015), with `y` the normalized values and means over the same dimensions:
dx = inverse * (weight * grad - mean(weight * grad) - y * mean(weight * grad * y)).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample


@op(
    samples=[
        sample(floats(4, 3), floats(3), floats(3), 1e-5),
        sample(floats(3, 2, 4), floats(2), floats(2), 1e-5),
        sample(floats(2, 3, 2, 2), None, None, 0.1),
    ],
    meeting="float",
    returns=("out", "mean", "variance"),
    keeps=("normalized", "inverse"),
    method=False,
)
def batch_normalization(
    input: Value, weight: Value | None = None, bias: Value | None = None, eps: float = 1e-5
) -> Value:
    """(input - mean) / sqrt(variance + eps) * weight + bias, over all dimensions but the second.

    Shapes: input (n, c, ...), weight and bias (c). Also gives the batch's mean and (biased) variance, each
    (c).
    """
    channels = _by_channel(input)
    count = channels.shape[0] * channels.shape[2]
    mean = channels.sum(axis=2).sum(axis=0) / count
    normalized = channels - mean[:, None]
    variance = np.vecdot(normalized, normalized).sum(axis=0) / count
    inverse = 1 / np.sqrt(variance + eps)
    normalized *= inverse[:, None]
    out = normalized.copy() if weight is None else normalized * weight[:, None]
    if bias is not None:
        out += bias[:, None]
    return out.reshape(input.shape), mean, variance, normalized, inverse


@batch_normalization.gradient("input", "weight", "bias")
def _(
    grad: Array, weight: Array | None, normalized: Array, inverse: Array, needs: Sequence[bool]
) -> tuple[Array | None, Array | None, Array | None]:
    channels = _by_channel(grad)
    along = np.vecdot(channels, normalized).sum(axis=0)
    even = channels.sum(axis=2).sum(axis=0)
    if not needs[0]:
        return None, along, even
    count = channels.shape[0] * channels.shape[2]
    result = normalized * (along / -count)[:, None]
    result += channels
    result -= (even / count)[:, None]
    result *= (inverse if weight is None else inverse * weight)[:, None]
    return result.reshape(grad.shape), along, even


@batch_normalization.composed
def _(input: Value, weight: Value | None, bias: Value | None, eps: float) -> Value:
    dims = (0, *range(2, input.ndim))
    per_channel = (-1, *(1,) * (input.ndim - 2))
    centred = input - input.mean(dims, keepdim=True)
    variance = (centred * centred).mean(dims, keepdim=True)
    out = centred / (variance + eps).sqrt()
    if weight is not None:
        out = out * weight.reshape(per_channel)
    return out if bias is None else out + bias.reshape(per_channel)


def _by_channel(array: Array) -> Array:
    """(n, c, ...) -> (n, c, all the rest)."""
    return array.reshape(*array.shape[:2], math.prod(array.shape[2:]))
