"""Normalization of images channel by channel: see `kernels/channels.py`.

Each thread takes the channels of some images, as convolutions do, so that it finds them in its cache. What
the images give to a channel is added afterwards, in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import indices, shared
from gradloom.kernels.compiled.jit import inlined, jit

Array = np.ndarray[Any, Any]

_PASSES = 16  # what a number costs, in multiply-adds


def _given(channels: int, weight: Array | None, bias: Array | None) -> tuple[Array, Array]:
    one = np.ones(channels, np.float32) if weight is None else weight
    return one, np.zeros(channels, np.float32) if bias is None else bias


# Over the batch


def batch_norm(
    images: Array, eps: float, weight: Array | None, bias: Array | None
) -> tuple[Array, Array, Array, Array]:
    _, channels, positions = images.shape
    out = np.empty_like(images)
    mean, variance, inverse = np.empty((3, channels), np.float32)
    weight, bias = _given(channels, weight, bias)
    args = (np.float32(eps), weight, bias, mean, variance, inverse)
    if positions == 1:
        across = images.reshape(images.shape[:2]), out.reshape(images.shape[:2]), *args
        _batch_norm_of_columns(*across, channels, images.size * _PASSES)
    else:
        _batch_norm(images, out, *args)
    return out, mean, variance, inverse


@jit
def _batch_norm(
    images: Array,
    out: Array,
    eps: Any,
    weight: Array,
    bias: Array,
    mean: Array,
    variance: Array,
    inverse: Array,
) -> None:
    n, channels, positions = images.shape
    rows = images.reshape(-1, positions)
    totals, spreads = np.zeros((max(n, 1), channels), np.float32), np.zeros((max(n, 1), channels), np.float32)
    _moments(rows, totals.reshape(-1), spreads.reshape(-1), n * channels, images.size * _PASSES)
    total, spread = totals[0].astype(np.float64), spreads[0].astype(np.float64)
    for i in range(1, n):
        # Chan, Golub and LeVeque, 1983, equation 1.5.
        before, factor = 1 / i, i / (i + 1) / positions
        for c in range(channels):
            apart = total[c] * before - totals[i, c]
            spread[c] += spreads[i, c] + apart * apart * factor
            total[c] += totals[i, c]
    count, scale = n * positions, np.empty(channels, np.float32)
    for c in range(channels):
        mean[c], variance[c] = total[c] / count, spread[c] / count
        inverse[c] = np.float32(1) / np.sqrt(variance[c] + eps)
        scale[c] = inverse[c] * weight[c]
    _move(rows, mean, scale, bias, out.reshape(-1, positions), n * channels, images.size * _PASSES)


@shared
def _moments(rows: Array, totals: Array, spreads: Array, start: int, stop: int) -> None:
    """The sum of each row, and of its squares around its mean."""
    count = np.float32(rows.shape[1])
    for at in indices(start, stop):
        row, total, spread = rows[at], np.float32(0), np.float32(0)
        for j in range(row.size):
            total += row[j]
        mean = total / count
        for j in range(row.size):
            spread += (row[j] - mean) * (row[j] - mean)
        totals[at], spreads[at] = total, spread


@inlined
def _next(channel: int, channels: Array) -> int:
    """The channel of the next row; dividing would take as long as a short row."""
    return channel + 1 if channel + 1 < len(channels) else 0


@shared
def _move(rows: Array, means: Array, scales: Array, shifts: Array, out: Array, start: int, stop: int) -> None:
    """(row - mean) * scale + shift, with its channel's numbers for each row."""
    c = start % len(scales)
    for at in indices(start, stop):
        row, made = rows[at], out[at]
        mean, scale, shift = means[c], scales[c], shifts[c]
        for j in range(row.size):
            made[j] = (row[j] - mean) * scale + shift
        c = _next(c, scales)


@shared
def _batch_norm_of_columns(
    rows: Array,
    out: Array,
    eps: Any,
    weight: Array,
    bias: Array,
    mean: Array,
    variance: Array,
    inverse: Array,
    start: int,
    stop: int,
) -> None:
    """The same for one position, where the channels are columns."""
    n, count = rows.shape[0], np.float32(rows.shape[0])
    weight, bias = weight[start:stop], bias[start:stop]
    mean, variance, inverse = mean[start:stop], variance[start:stop], inverse[start:stop]
    mean[:] = np.float32(0)
    variance[:] = np.float32(0)
    for i in range(n):
        row = rows[i, start:stop]
        for c in range(row.size):
            mean[c] += row[c]
    for c in range(mean.size):
        mean[c] /= count
    for i in range(n):
        row = rows[i, start:stop]
        for c in range(row.size):
            variance[c] += (row[c] - mean[c]) * (row[c] - mean[c])
    for c in range(mean.size):
        variance[c] /= count
        inverse[c] = np.float32(1) / np.sqrt(variance[c] + eps)
    for i in range(n):
        row, made = rows[i, start:stop], out[i, start:stop]
        for c in range(row.size):
            made[c] = (row[c] - mean[c]) * inverse[c] * weight[c] + bias[c]


def batch_norm_backward(
    grad: Array, images: Array, mean: Array, inverse: Array, weight: Array | None
) -> tuple[Array, Array, Array]:
    channels, back, grad = images.shape[1], np.empty_like(images), np.ascontiguousarray(grad)
    along, even = np.empty(channels, np.float32), np.empty(channels, np.float32)
    args = mean, inverse, _given(channels, weight, None)[0], along, even
    if images.shape[2] == 1:
        given, rows, made = (each.reshape(images.shape[:2]) for each in (grad, images, back))
        _batch_norm_backward_of_columns(given, rows, made, *args, channels, images.size * _PASSES)
    else:
        _batch_norm_backward(grad, images, back, *args)
    return back, along, even


@jit
def _batch_norm_backward(
    grad: Array,
    images: Array,
    back: Array,
    mean: Array,
    inverse: Array,
    weight: Array,
    along: Array,
    even: Array,
) -> None:
    n, channels, positions = images.shape
    given, rows, made = (
        grad.reshape(-1, positions),
        images.reshape(-1, positions),
        back.reshape(-1, positions),
    )
    _slopes(given, rows, mean, along, even)
    count, scale = np.float32(n * positions), np.empty(channels, np.float32)
    shift, tilt = np.empty(channels, np.float32), np.empty(channels, np.float32)
    for c in range(channels):
        along[c] *= inverse[c]
        scale[c] = inverse[c] * weight[c]
        shift[c], tilt[c] = even[c] / count, along[c] / count * inverse[c]
    _return(given, rows, mean, scale, shift, tilt, made, n * channels, images.size * _PASSES)


@jit
def _slopes(grad: Array, rows: Array, mean: Array, along: Array, even: Array) -> None:
    """Each channel's sum of the gradient, by itself and times how far the values are above `mean`."""
    channels, total_along, total_even = len(mean), np.zeros(len(mean)), np.zeros(len(mean))
    alongs, evens = np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
    _slopes_of_rows(grad, rows, mean, alongs, evens, len(rows), rows.size * _PASSES)
    for first in range(0, len(rows), channels):
        for c in range(channels):
            total_along[c] += alongs[first + c]
            total_even[c] += evens[first + c]
    along[:], even[:] = total_along, total_even


@shared
def _slopes_of_rows(
    grad: Array, rows: Array, means: Array, alongs: Array, evens: Array, start: int, stop: int
) -> None:
    c = start % len(means)
    for at in indices(start, stop):
        given, row, mean = grad[at], rows[at], means[c]
        even, along = np.float32(0), np.float32(0)
        for j in range(row.size):
            even += given[j]
            along += given[j] * (row[j] - mean)
        evens[at], alongs[at] = even, along
        c = _next(c, means)


@shared
def _return(
    grad: Array,
    rows: Array,
    means: Array,
    scales: Array,
    shifts: Array,
    tilts: Array,
    back: Array,
    start: int,
    stop: int,
) -> None:
    c = start % len(scales)
    for at in indices(start, stop):
        given, row, made = grad[at], rows[at], back[at]
        mean, scale, shift, tilt = means[c], scales[c], shifts[c], tilts[c]
        for j in range(row.size):
            made[j] = scale * (given[j] - shift - (row[j] - mean) * tilt)
        c = _next(c, scales)


@shared
def _batch_norm_backward_of_columns(
    grad: Array,
    rows: Array,
    back: Array,
    means: Array,
    inverses: Array,
    weight: Array,
    to_weight: Array,
    to_bias: Array,
    start: int,
    stop: int,
) -> None:
    n, count = rows.shape[0], np.float32(rows.shape[0])
    mean, inverse, weight = means[start:stop], inverses[start:stop], weight[start:stop]
    along, even = to_weight[start:stop], to_bias[start:stop]
    along[:] = np.float32(0)
    even[:] = np.float32(0)
    for i in range(n):
        given, row = grad[i, start:stop], rows[i, start:stop]
        for c in range(row.size):
            even[c] += given[c]
            along[c] += given[c] * (row[c] - mean[c]) * inverse[c]
    for i in range(n):
        given, row, made = grad[i, start:stop], rows[i, start:stop], back[i, start:stop]
        for c in range(row.size):
            y = (row[c] - mean[c]) * inverse[c]
            made[c] = inverse[c] * weight[c] * (given[c] - even[c] / count - y * (along[c] / count))


def scale_and_shift(images: Array, scale: Array, shift: Array) -> Array:
    out = np.empty_like(images)
    rows, made = (each.reshape(-1, images.shape[2]) for each in (images, out))
    _move(rows, np.zeros_like(scale), scale, shift, made, len(rows), images.size)
    return out


def scale_and_shift_backward(grad: Array, images: Array, scale: Array) -> tuple[Array, Array, Array]:
    grad, nothing = np.ascontiguousarray(grad), np.zeros_like(scale)
    to_scale, to_shift = np.empty((2, len(scale)), np.float32)
    given, rows = (each.reshape(-1, images.shape[2]) for each in (grad, images))
    _slopes(given, rows, nothing, to_scale, to_shift)
    return scale_and_shift(grad, scale, nothing), to_scale, to_shift


# In groups


def group_norm(
    images: Array, groups: int, eps: float, weight: Array | None, bias: Array | None
) -> tuple[Array, Array, Array]:
    n, channels, positions = images.shape
    inner = channels // groups
    split, out = images.reshape(n * groups, inner, positions), np.empty_like(images)
    mean, inverse = np.empty((2, n * groups), np.float32)
    weight, bias = (each.reshape(groups, inner) for each in _given(channels, weight, bias))
    args = split, np.float32(eps), weight, bias, out.reshape(split.shape), mean, inverse
    _group_norm(*args, n * groups, images.size * _PASSES)
    return out, mean, inverse


@shared
def _group_norm(
    groups: Array,
    eps: Any,
    weight: Array,
    bias: Array,
    out: Array,
    means: Array,
    inverses: Array,
    start: int,
    stop: int,
) -> None:
    _, channels, positions = groups.shape
    count = np.float32(max(channels * positions, 1))
    flat = groups.reshape(-1, channels * positions)
    for g in range(start, stop):
        values = flat[g]
        total = np.float32(0)
        for j in range(values.size):
            total += values[j]
        mean = total / count
        spread = np.float32(0)
        for j in range(values.size):
            spread += (values[j] - mean) * (values[j] - mean)
        inverse = np.float32(1) / np.sqrt(spread / count + eps)
        means[g], inverses[g] = mean, inverse
        own = g % len(weight)
        for c in range(channels):
            channel, made = groups[g, c], out[g, c]
            scale, shift = inverse * weight[own, c], bias[own, c]
            for j in range(positions):
                made[j] = (channel[j] - mean) * scale + shift


def group_norm_backward(
    grad: Array, images: Array, groups: int, mean: Array, inverse: Array, weight: Array | None
) -> tuple[Array, Array, Array]:
    n, channels, positions = images.shape
    inner, back, grad = channels // groups, np.empty_like(images), np.ascontiguousarray(grad)
    given, split, made = (each.reshape(n * groups, inner, positions) for each in (grad, images, back))
    weight = _given(channels, weight, None)[0].reshape(groups, inner)

    along, even = np.empty((2, n * groups, inner), np.float32)
    args = given, split, mean, inverse, weight, made, along, even
    _group_norm_backward(*args, n * groups, images.size * _PASSES)
    along, even = (each.reshape(n, channels).sum(0) for each in (along, even))
    return back, along, even


@shared
def _group_norm_backward(
    grad: Array,
    groups: Array,
    means: Array,
    inverses: Array,
    weight: Array,
    back: Array,
    to_weight: Array,
    to_bias: Array,
    start: int,
    stop: int,
) -> None:
    _, channels, positions = groups.shape
    count = np.float32(max(channels * positions, 1))
    for g in range(start, stop):
        mean, inverse, own = means[g], inverses[g], g % len(weight)
        even, along = np.float32(0), np.float32(0)
        for c in range(channels):
            given, channel = grad[g, c], groups[g, c]
            even_part, along_part = np.float32(0), np.float32(0)
            for j in range(positions):
                even_part += given[j]
                along_part += given[j] * (channel[j] - mean)
            along_part *= inverse
            to_weight[g, c] = along_part
            to_bias[g, c] = even_part
            even += even_part * weight[own, c]
            along += along_part * weight[own, c]
        shift, tilt = even / count * inverse, along / count * inverse * inverse
        for c in range(channels):
            given, channel, made = grad[g, c], groups[g, c], back[g, c]
            scale = inverse * weight[own, c]
            for j in range(positions):
                made[j] = given[j] * scale - shift - (channel[j] - mean) * tilt
