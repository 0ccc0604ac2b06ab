"""Normalization over the batch: one mean and variance for each channel."""

from __future__ import annotations

import math

from gradloom.dtypes import Array
from gradloom.kernels import channels
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import shaped


@op(
    samples=[
        sample(floats(4, 3), floats(3), floats(3), 1e-5),
        sample(floats(3, 2, 4), floats(2), floats(2), 1e-5),
        sample(floats(2, 3, 2, 2), None, None, 0.1),
    ],
    meeting="float",
    returns=("out", "mean", "variance"),
    keeps=("inverse",),
    method=False,
)
def batch_normalization(
    input: Value, weight: Value | None = None, bias: Value | None = None, eps: float = 1e-5
) -> Value:
    """(input - mean) / sqrt(variance + eps) * weight + bias, over all dimensions but the second.

    Shapes: input (n, c, ...), weight and bias (c). Also gives the batch's mean and (biased) variance, each
    (c).
    """
    out, mean, variance, inverse = channels.batch_norm(_by_channel(input), eps, weight, bias)
    return out.reshape(input.shape), mean, variance, inverse


@batch_normalization.gradient("input", "weight", "bias")
def _(
    grad: Array, input: Array, weight: Array | None, mean: Array, inverse: Array
) -> tuple[Array, Array, Array]:
    back, along, even = channels.batch_norm_backward(
        _by_channel(grad), _by_channel(input), mean, inverse, weight
    )
    return shaped(back, grad.shape), along, even


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


@op(
    samples=[
        sample(floats(4, 3), floats(3), floats(3)),
        sample(floats(3, 2, 4), floats(2), floats(2)),
        sample(floats(2, 3, 2, 2), floats(3), floats(3)),
    ],
    method=False,
)
def scale_and_shift(input: Value, scale: Value, shift: Value) -> Value:
    """input * scale + shift, with a number for each channel: (n, c, ...), (c) and (c)."""
    return channels.scale_and_shift(_by_channel(input), scale, shift).reshape(input.shape)


@scale_and_shift.gradient("input", "scale", "shift")
def _(grad: Array, input: Array, scale: Array) -> tuple[Array, Array, Array]:
    back, along, even = channels.scale_and_shift_backward(_by_channel(grad), _by_channel(input), scale)
    return shaped(back, grad.shape), along, even


@scale_and_shift.composed
def _(input: Value, scale: Value, shift: Value) -> Value:
    per_channel = (-1, *(1,) * (input.ndim - 2))
    return input * scale.reshape(per_channel) + shift.reshape(per_channel)


def _by_channel(array: Array) -> Array:
    """(n, c, ...) -> (n, c, all the rest)."""
    return array.reshape(*array.shape[:2], math.prod(array.shape[2:]))
