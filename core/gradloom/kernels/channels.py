"""Normalization of images channel by channel, over the batch or in groups of channels, and the way back.

The gradient (Ioffe and Szegedy, 2015), with `y` the normalized values and means over what is normalized
together: dx = inverse * (weight * grad - mean(weight * grad) - y * mean(weight * grad * y)).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.counterpart import compiled, floats, floats_with_gradient
from gradloom.kernels.rows import centred, centred_backward

Array: TypeAlias = npt.NDArray[Any]
Gradients: TypeAlias = tuple[Array, Array, Array]


def _over_batch(images: Array, eps: float, *weights: Array | None) -> bool:
    return floats(images, *[each for each in weights if each is not None])


@compiled(when=_over_batch)
def batch_norm(
    images: Array, eps: float, weight: Array | None, bias: Array | None
) -> tuple[Array, Array, Array, Array]:
    """Each channel of (n, c, p) brought to mean 0 and variance 1, times weight plus bias.

    Also the channels' means and variances, and the factors that brought them there, each (c,).
    """
    count = images.shape[0] * images.shape[2]
    mean = images.sum(axis=2).sum(axis=0) / count
    out = images - mean[:, None]
    variance = np.vecdot(out, out).sum(axis=0) / count
    inverse = 1 / np.sqrt(variance + eps)
    out *= (inverse if weight is None else inverse * weight)[:, None]
    if bias is not None:
        out += bias[:, None]
    return out, mean, variance, inverse


def _back_over_batch(grad: Array, *arrays: Array | None) -> bool:
    return floats_with_gradient(grad, *[each for each in arrays if each is not None])


@compiled(when=_back_over_batch)
def batch_norm_backward(
    grad: Array, images: Array, mean: Array, inverse: Array, weight: Array | None
) -> Gradients:
    """Gradients of images, weight and bias, given that of what `batch_norm` made of them."""
    count = images.shape[0] * images.shape[2]
    result = images - mean[:, None]
    result *= inverse[:, None]
    along = np.vecdot(grad, result).sum(axis=0)
    even = grad.sum(axis=2).sum(axis=0)
    result *= (along / -count)[:, None]
    result += grad
    result -= (even / count)[:, None]
    result *= (inverse if weight is None else inverse * weight)[:, None]
    return result, along, even


def _many_positions(images: Array, *others: Array) -> bool:
    return images.ndim == 3 and images.shape[2] > 1 and floats(images, *others)


@compiled(when=_many_positions)
def scale_and_shift(images: Array, scale: Array, shift: Array) -> Array:
    """images * scale + shift, with a number for each channel of (n, c, p)."""
    out = images * scale[:, None]
    out += shift[:, None]
    return out


def _back_to_many_positions(grad: Array, images: Array, scale: Array) -> bool:
    return images.ndim == 3 and images.shape[2] > 1 and floats_with_gradient(grad, images, scale)


@compiled(when=_back_to_many_positions)
def scale_and_shift_backward(grad: Array, images: Array, scale: Array) -> Gradients:
    """Gradients of images, scale and shift, given that of `scale_and_shift`."""
    return grad * scale[:, None], np.vecdot(grad, images).sum(axis=0), grad.sum(axis=2).sum(axis=0)


def _in_groups(images: Array, groups: int, eps: float, *weights: Array | None) -> bool:
    return _over_batch(images, eps, *weights)


@compiled(when=_in_groups)
def group_norm(
    images: Array, groups: int, eps: float, weight: Array | None, bias: Array | None
) -> tuple[Array, Array, Array]:
    """The channels of each group of each image of (n, c, p) together brought to mean 0 and variance 1.

    Then times weight plus bias, of which each channel has its own. Also the groups' means and the factors,
    each (n * groups,).
    """
    n, channels, positions = images.shape
    rows = images.reshape(n * groups, channels // groups * positions)
    made, mean, inverse = centred(rows, eps, None, None)
    out = made.reshape(images.shape)
    if weight is not None:
        out *= weight[:, None]
    if bias is not None:
        out += bias[:, None]
    return out, mean, inverse


def _back_in_groups(
    grad: Array, images: Array, groups: int, mean: Array, inverse: Array, weight: Array | None
) -> bool:
    return _back_over_batch(grad, images, mean, inverse, weight)


@compiled(when=_back_in_groups)
def group_norm_backward(
    grad: Array, images: Array, groups: int, mean: Array, inverse: Array, weight: Array | None
) -> Gradients:
    """Gradients of images, weight and bias, given that of what `group_norm` made of them."""
    n, channels, positions = images.shape
    rows = images.reshape(n * groups, channels // groups * positions)
    normalized = ((rows - mean[:, None]) * inverse[:, None]).reshape(images.shape)
    along = np.vecdot(grad, normalized).sum(axis=0)
    even = grad.sum(axis=2).sum(axis=0)
    pulled = grad if weight is None else grad * weight[:, None]
    back, _, _ = centred_backward(pulled.reshape(rows.shape), rows, mean, inverse, None)
    return back.reshape(images.shape), along, even
