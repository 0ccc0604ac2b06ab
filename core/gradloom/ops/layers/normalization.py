"""Normalization of each sample by itself: values brought to one scale, then scaled and shifted as learned."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import channels
from gradloom.kernels.rows import centred, centred_backward, scaled, scaled_backward
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample
from gradloom.ops.shapes import shaped

# Over the last dimensions


@op(
    samples=[
        sample(floats(4, 3), (3,), floats(3), floats(3), 1e-5),
        sample(floats(2, 3, 4), (3, 4), floats(3, 4), floats(3, 4), 1e-5),
        sample(floats(2, 3, 4), (4,), None, None, 0.1),
    ],
    meeting="float",
    keeps=("mean", "inverse"),
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
    out, mean, inverse = centred(_as_rows(input, len(normalized_shape)), eps, *flat)
    return out.reshape(input.shape), mean, inverse


@layer_norm.gradient("input", "weight", "bias")
def _(
    grad: Array,
    input: Array,
    normalized_shape: Sequence[int],
    weight: Array | None,
    mean: Array,
    inverse: Array,
) -> tuple[Array, Array, Array]:
    shape = tuple(normalized_shape)
    rows, given = _as_rows(input, len(shape)), _as_rows(grad, len(shape))
    flat = None if weight is None else weight.reshape(-1)
    back, along, even = centred_backward(given, rows, mean, inverse, flat)
    return shaped(back, grad.shape), shaped(along, shape), shaped(even, shape)


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
    keeps=("inverse",),
    method=False,
)
def rms_norm(
    input: Value, normalized_shape: Sequence[int], weight: Value | None = None, eps: float | None = None
) -> Value:
    """input / sqrt(mean(input ** 2) + eps) * weight over the last dimensions (Zhang and Sennrich, 2019).

    Shapes: input (..., *normalized_shape), weight `normalized_shape`. Without `eps` the dtype's own counts.
    """
    _check(input, tuple(normalized_shape), weight, None, comma="")
    flat = None if weight is None else weight.reshape(-1)
    out, inverse = scaled(_as_rows(input, len(normalized_shape)), _epsilon(input, eps), flat)
    return out.reshape(input.shape), inverse


@rms_norm.gradient("input", "weight")
def _(
    grad: Array, input: Array, normalized_shape: Sequence[int], weight: Array | None, inverse: Array
) -> tuple[Array, Array]:
    shape = tuple(normalized_shape)
    rows, given = _as_rows(input, len(shape)), _as_rows(grad, len(shape))
    back, along = scaled_backward(given, rows, inverse, None if weight is None else weight.reshape(-1))
    return shaped(back, grad.shape), shaped(along, shape)


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
    keeps=("mean", "inverse"),
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
    out, mean, inverse = channels.group_norm(_by_channel(input), num_groups, eps, weight, bias)
    return out.reshape(input.shape), mean, inverse


@group_norm.gradient("input", "weight", "bias")
def _(
    grad: Array, input: Array, num_groups: int, weight: Array | None, mean: Array, inverse: Array
) -> tuple[Array, Array, Array]:
    back, along, even = channels.group_norm_backward(
        *(_by_channel(grad), _by_channel(input), num_groups, mean, inverse, weight)
    )
    return shaped(back, grad.shape), along, even


@group_norm.composed
def _(input: Value, num_groups: int, weight: Value | None, bias: Value | None, eps: float) -> Value:
    per_channel = (-1, *(1,) * (input.ndim - 2))
    rows = input.reshape(len(input) * num_groups, math.prod(input.shape[1:]) // num_groups)
    centred = rows - rows.mean(1, keepdim=True)
    out = (centred / ((centred * centred).mean(1, keepdim=True) + eps).sqrt()).reshape(input.shape)
    out = out if weight is None else out * weight.reshape(per_channel)
    return out if bias is None else out + bias.reshape(per_channel)


def _by_channel(array: Array) -> Array:
    """(n, c, ...) -> (n, c, all the rest)."""
    return array.reshape(*array.shape[:2], math.prod(array.shape[2:]))


def _as_rows(input: Array, dims: int) -> Array:
    """The input as a matrix with the last `dims` dimensions in its rows."""
    lead = input.ndim - dims
    if lead == dims == 1:
        return input
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
