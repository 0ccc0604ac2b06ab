"""Normalization of each sample by itself: values brought to one scale, then scaled and shifted as learned.

With `y` the normalized values and means over the same dimensions (Ba et al., 2016; Zhang and Sennrich, 2019):
dx = inverse * (weight * grad - mean(weight * grad) - y * mean(weight * grad * y)),
without the second term where the mean is not subtracted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels.rows import centred, centred_backward
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample

# Over the last dimensions


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
    _check(input, tuple(normalized_shape), weight, bias)
    flat = [None if each is None else each.reshape(-1) for each in (weight, bias)]
    out, normalized, inverse = centred(_as_rows(input, len(normalized_shape)), eps, *flat)
    return out.reshape(input.shape), normalized, inverse


@layer_norm.gradient("input", "weight", "bias")
def _(
    grad: Array,
    normalized_shape: Sequence[int],
    weight: Array | None,
    normalized: Array,
    inverse: Array,
) -> tuple[Array, Array, Array]:
    flat = None if weight is None else weight.reshape(-1)
    back, along, even = centred_backward(grad.reshape(normalized.shape), normalized, inverse, flat)
    shape = tuple(normalized_shape)
    return back.reshape(grad.shape), along.reshape(shape), even.reshape(shape)


@layer_norm.composed
def _(
    input: Value, normalized_shape: Sequence[int], weight: Value | None, bias: Value | None, eps: float
) -> Value:
    dims = tuple(range(-len(normalized_shape), 0))
    centred = input - input.mean(dims, keepdim=True)
    out = centred / ((centred * centred).mean(dims, keepdim=True) + eps).sqrt()
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


@op(
    samples=[
        sample(floats(4, 3), (3,), floats(3), 1e-5),
        sample(floats(2, 3, 4), (3, 4), floats(3, 4), 1e-5),
        sample(floats(2, 3, 4), (4,), None, 0.1),
    ],
    meeting="float",
    keeps=("normalized", "inverse"),
    method=False,
)
def rms_norm(
    input: Value, normalized_shape: Sequence[int], weight: Value | None = None, eps: float | None = None
) -> Value:
    """input / sqrt(mean(input ** 2) + eps) * weight over the last dimensions (Zhang and Sennrich, 2019).

    Shapes: input (..., *normalized_shape), weight `normalized_shape`. Without `eps` the dtype's own counts.
    """
    _check(input, tuple(normalized_shape), weight, None, comma="")
    rows = _as_rows(input, len(normalized_shape))
    inverse = 1 / np.sqrt(np.square(rows).mean(axis=1, keepdims=True) + _epsilon(input, eps))
    normalized = (rows * inverse).reshape(input.shape)
    return normalized if weight is None else normalized * weight, normalized, inverse


@rms_norm.gradient("input")
def _(grad: Array, weight: Array | None, normalized: Array, inverse: Array) -> Array:
    rows = (len(inverse), grad.size // max(len(inverse), 1))
    scaled, along = (grad if weight is None else grad * weight).reshape(rows), normalized.reshape(rows)
    result = along * -(scaled * along).mean(axis=1, keepdims=True)
    result += scaled
    result *= inverse
    return np.reshape(result, grad.shape)


@rms_norm.gradient("weight")
def _(grad: Array, normalized: Array) -> Array:
    return grad * normalized


@rms_norm.composed
def rms_norm_composed(
    input: Value, normalized_shape: Sequence[int], weight: Value | None, eps: float | None
) -> Value:
    """The same in differentiable steps, which complex numbers pass too."""
    dims = tuple(range(-len(normalized_shape), 0))
    scale = ((input * input).mean(dims, keepdim=True) + _epsilon(input.array, eps)).sqrt()
    out = input / scale
    return out if weight is None else out * weight


def _epsilon(input: Array, eps: float | None) -> float:
    return float(np.finfo(input.dtype).eps) if eps is None else eps


# Over groups of channels


@op(
    samples=[
        sample(floats(2, 4, 3), 2, floats(4), floats(4), 1e-5),
        sample(floats(2, 6), 3, floats(6), None, 0.1),
        sample(floats(2, 2, 2, 2), 1, None, None, 1e-5),
    ],
    meeting="float",
    keeps=("normalized", "inverse"),
    method=False,
)
def group_norm(
    input: Value,
    num_groups: int,
    weight: Value | None = None,
    bias: Value | None = None,
    eps: float = 1e-5,
) -> Value:
    """(input - mean) / sqrt(variance + eps) * weight + bias over groups of channels (Wu and He, 2018).

    Shapes: input (n, c, ...), weight and bias (c).
    """
    rows = input.reshape(len(input) * num_groups, math.prod(input.shape[1:]) // num_groups)
    _, normalized, inverse = centred(rows, eps)
    channels = _by_channel(normalized, input.shape)
    out = channels.copy() if weight is None else channels * weight[:, None]
    if bias is not None:
        out += bias[:, None]
    return out.reshape(input.shape), normalized, inverse


@group_norm.gradient("input", "weight", "bias")
def _(
    grad: Array, weight: Array | None, normalized: Array, inverse: Array, needs: Sequence[bool]
) -> tuple[Array | None, Array | None, Array | None]:
    channels = _by_channel(grad, grad.shape)
    along = np.vecdot(channels, _by_channel(normalized, grad.shape)).sum(axis=0) if needs[1] else None
    even = channels.sum(axis=2).sum(axis=0) if needs[2] else None
    if not needs[0]:
        return None, along, even
    scaled = channels if weight is None else channels * weight[:, None]
    back, _, _ = centred_backward(scaled.reshape(normalized.shape), normalized, inverse)
    return back.reshape(grad.shape), along, even


@group_norm.composed
def _(input: Value, num_groups: int, weight: Value | None, bias: Value | None, eps: float) -> Value:
    per_channel = (-1, *(1,) * (input.ndim - 2))
    rows = input.reshape(len(input) * num_groups, math.prod(input.shape[1:]) // num_groups)
    centred = rows - rows.mean(1, keepdim=True)
    out = (centred / ((centred * centred).mean(1, keepdim=True) + eps).sqrt()).reshape(input.shape)
    out = out if weight is None else out * weight.reshape(per_channel)
    return out if bias is None else out + bias.reshape(per_channel)


def _by_channel(array: Array, shape: tuple[int, ...]) -> Array:
    return array.reshape(*shape[:2], math.prod(shape[2:]))


def _as_rows(input: Array, dims: int) -> Array:
    """The input as a matrix with the last `dims` dimensions in its rows."""
    lead = input.ndim - dims
    return input.reshape(math.prod(input.shape[:lead]), math.prod(input.shape[lead:]))


def _check(
    input: Array,
    normalized_shape: tuple[int, ...],
    weight: Array | None,
    bias: Array | None,
    comma: str = ", ",
) -> None:
    if not normalized_shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            "but got normalized_shape = []"
        )
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(given.shape)} and normalized_shape = {list(normalized_shape)}"
            )
    if input.shape[-len(normalized_shape) :] != normalized_shape:
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with shape "
            f"[*{comma}{', '.join(map(str, normalized_shape))}], but got input of size{list(input.shape)}"
        )
