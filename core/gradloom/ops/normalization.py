"""Normalization: values shifted to mean 0 and scaled to variance 1, then scaled and shifted as learned.

The gradient (Ioffe and Szegedy, 2015), with `y` the normalized values and sums over the same dimensions:
dx = inverse * (weight * grad - mean(weight * grad) - y * mean(weight * grad * y)).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradloom.dtypes import Array
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample

# Over the batch: one mean and variance for each channel


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
    if input.size == input.shape[1]:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {list(input.shape)}"
        )
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
    return array.reshape(*array.shape[:2], -1)


# Over the last dimensions: one mean and variance for each sample


@op(
    samples=[
        sample(floats(4, 3), (3,), floats(3), floats(3), 1e-5),
        sample(floats(2, 3, 4), (3, 4), floats(3, 4), floats(3, 4), 1e-5),
        sample(floats(2, 3, 4), (4,), None, None, 0.1),
    ],
    meeting="float",
    keeps=("normalized", "inverse"),
    method=False,
)
def layer_norm(
    input: Value,
    normalized_shape: Sequence[int],
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-5,
) -> Value:
    """(input - mean) / sqrt(variance + eps) * weight + bias over the last dimensions (Ba et al., 2016).

    Shapes: input (..., *normalized_shape), weight and bias `normalized_shape`.
    """
    _check_layer(input, tuple(normalized_shape), weight, bias)
    rows = input.reshape(-1, int(np.prod(normalized_shape)))
    normalized = rows - rows.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt(np.square(normalized).mean(axis=1, keepdims=True) + eps)
    normalized *= inverse
    normalized = normalized.reshape(input.shape)
    out = normalized.copy() if weight is None else normalized * weight
    if bias is not None:
        out += bias
    return out, normalized, inverse


@layer_norm.gradient("input")
def _(grad: Array, weight: Array | None, normalized: Array, inverse: Array) -> Array:
    scaled = (grad if weight is None else grad * weight).reshape(len(inverse), -1)
    rows = normalized.reshape(scaled.shape)
    result = rows * -(scaled * rows).mean(axis=1, keepdims=True)
    result += scaled
    result -= scaled.mean(axis=1, keepdims=True)
    result *= inverse
    return np.reshape(result, grad.shape)


@layer_norm.gradient("weight")
def _(grad: Array, normalized: Array) -> Array:
    return grad * normalized


@layer_norm.gradient("bias")
def _(grad: Array) -> Array:
    return grad


@layer_norm.composed
def _(
    input: Value, normalized_shape: Sequence[int], weight: Value | None, bias: Value | None, eps: float
) -> Value:
    dims = tuple(range(-len(normalized_shape), 0))
    centred = input - input.mean(dims, keepdim=True)
    out = centred / ((centred * centred).mean(dims, keepdim=True) + eps).sqrt()
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def _check_layer(
    input: Array, normalized_shape: tuple[int, ...], weight: Array | None, bias: Array | None
) -> None:
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(given.shape)} and normalized_shape = {list(normalized_shape)}"
            )
    if not normalized_shape or input.shape[-len(normalized_shape) :] != normalized_shape:
        stars = ", ".join(["*", *map(str, normalized_shape)])
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with shape [{stars}], "
            f"but got input of size{list(input.shape)}"
        )
