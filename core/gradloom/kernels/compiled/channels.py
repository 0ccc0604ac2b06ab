"""Normalization of images channel by channel: see `kernels/channels.py`.

Over the batch a thread takes one channel of all images after the other, which mostly fits its cache; on the
way back, where it needs two arrays, it takes its channels of one image after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared

Array = np.ndarray[Any, Any]

_PASSES = 16  # what a number costs, in multiply-adds


def _given(channels: int, weight: Array | None, bias: Array | None) -> tuple[Array, Array]:
    one = np.ones(channels, np.float32) if weight is None else weight
    return one, np.zeros(channels, np.float32) if bias is None else bias


# Over the batch


def batch_norm(
    images: Array, eps: float, weight: Array | None, bias: Array | None
) -> tuple[Array, Array, Array, Array]:
    channels, out = images.shape[1], np.empty_like(images)
    mean, variance, inverse = np.empty((3, channels), np.float32)
    weight, bias = _given(channels, weight, bias)
    args = (np.float32(eps), weight, bias, mean, variance, inverse)
    if images.shape[2] == 1:
        across = images.reshape(images.shape[:2]), out.reshape(images.shape[:2]), *args
        _batch_norm_of_columns(*across, channels, images.size * _PASSES)
    else:
        _batch_norm(images, out, *args, channels, images.size * _PASSES)
    return out, mean, variance, inverse


@shared
def _batch_norm(
    images: Array,
    out: Array,
    eps: Any,
    weight: Array,
    bias: Array,
    means: Array,
    variances: Array,
    inverses: Array,
    start: int,
    stop: int,
) -> None:
    n, _, positions = images.shape
    count = np.float32(n * positions)
    for c in range(start, stop):
        total = np.float32(0)
        for i in range(n):
            channel, part = images[i, c], np.float32(0)
            for j in range(positions):
                part += channel[j]
            total += part
        mean = total / count
        spread = np.float32(0)
        for i in range(n):
            channel, part = images[i, c], np.float32(0)
            for j in range(positions):
                part += (channel[j] - mean) * (channel[j] - mean)
            spread += part
        variance = spread / count
        inverse = np.float32(1) / np.sqrt(variance + eps)
        scale, shift = inverse * weight[c], bias[c]
        for i in range(n):
            channel, made = images[i, c], out[i, c]
            for j in range(positions):
                made[j] = (channel[j] - mean) * scale + shift
        means[c], variances[c], inverses[c] = mean, variance, inverse


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
        _batch_norm_backward(grad, images, back, *args, channels, images.size * _PASSES)
    return back, along, even


@shared
def _batch_norm_backward(
    grad: Array,
    images: Array,
    back: Array,
    means: Array,
    inverses: Array,
    weight: Array,
    to_weight: Array,
    to_bias: Array,
    start: int,
    stop: int,
) -> None:
    """Image by image, as they lie in memory; the second time from the last, which caches still hold."""
    n, _, positions = images.shape
    count = np.float32(n * positions)
    along, even = to_weight[start:stop], to_bias[start:stop]
    along[:] = np.float32(0)
    even[:] = np.float32(0)
    for i in range(n):
        for c in range(start, stop):
            given, channel, mean = grad[i, c], images[i, c], means[c]
            even_part, along_part = np.float32(0), np.float32(0)
            for j in range(positions):
                even_part += given[j]
                along_part += given[j] * (channel[j] - mean)
            even[c - start] += even_part
            along[c - start] += along_part * inverses[c]
    for earlier in range(n):
        i = n - 1 - earlier
        for c in range(start, stop):
            mean, inverse = means[c], inverses[c]
            scale = inverse * weight[c]
            tilt, shift = along[c - start] / count * inverse, even[c - start] / count
            given, channel, made = grad[i, c], images[i, c], back[i, c]
            for j in range(positions):
                made[j] = scale * (given[j] - shift - (channel[j] - mean) * tilt)


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
    n, channels, positions = images.shape
    out = np.empty_like(images)
    rows, made = images.reshape(-1, positions), out.reshape(-1, positions)
    _scale_and_shift(rows, scale, shift, made, n * channels, images.size)
    return out


@shared
def _scale_and_shift(rows: Array, scales: Array, shifts: Array, out: Array, start: int, stop: int) -> None:
    for at in range(start, stop):
        row, made, c = rows[at], out[at], at % len(scales)
        scale, shift = scales[c], shifts[c]
        for j in range(row.size):
            made[j] = row[j] * scale + shift


def scale_and_shift_backward(grad: Array, images: Array, scale: Array) -> tuple[Array, Array, Array]:
    channels, back, grad = images.shape[1], np.empty_like(images), np.ascontiguousarray(grad)
    to_scale, to_shift = np.empty((2, channels), np.float32)
    _scale_and_shift_backward(grad, images, scale, back, to_scale, to_shift, channels, images.size * 4)
    return back, to_scale, to_shift


@shared
def _scale_and_shift_backward(
    grad: Array,
    images: Array,
    scales: Array,
    back: Array,
    to_scale: Array,
    to_shift: Array,
    start: int,
    stop: int,
) -> None:
    n, _, positions = images.shape
    along, even = to_scale[start:stop], to_shift[start:stop]
    along[:] = np.float32(0)
    even[:] = np.float32(0)
    for i in range(n):
        for c in range(start, stop):
            given, channel, made, scale = grad[i, c], images[i, c], back[i, c], scales[c]
            along_part, even_part = np.float32(0), np.float32(0)
            for j in range(positions):
                made[j] = given[j] * scale
                along_part += given[j] * channel[j]
                even_part += given[j]
            along[c - start] += along_part
            even[c - start] += even_part


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
