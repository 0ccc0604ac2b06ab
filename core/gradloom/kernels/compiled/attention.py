"""Attention, a few queries of one head at a time, so that their scores stay in the cache.

Weights are made anew on the way back, as in FlashAttention (Dao et al., 2022), from each row's largest score
and the sum of its exponentials. Keys and values are turned round once a head: BLAS is quicker so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.attention import Masks, suits
from gradloom.kernels.compiled.blas import gemm, gemm_of_few
from gradloom.kernels.compiled.elementary import exp, ordered, unordered
from gradloom.kernels.compiled.jit import jit
from gradloom.kernels.parallel import in_parts

Array = np.ndarray[Any, Any]

_SCORES = 32_768  # that lie in the cache at once
_EXPONENTIALS = 8  # what a softmax costs for each score, in multiply-adds
_0, _1 = np.float32(0), np.float32(1)
_NOTHING = np.float32(-np.inf)
_LOWEST = np.int32(-(2**31))
_NO_MASK = np.broadcast_to(_0, (2, 2, 2, 2))


def _heads(array: Array) -> Array:
    """(..., steps, size) with two dims in front."""
    return array.reshape(*(1,) * (4 - array.ndim), *array.shape) if array.ndim < 4 else array


def _spread(mask: Array | None, shape: tuple[int, ...]) -> Array:
    return _NO_MASK if mask is None else np.broadcast_to(mask, shape)


def _like(array: Array, width: int) -> Array:
    """Rows of another width; steps and heads lie in the same order, which is how heads are joined later."""
    shape = (*array.shape[:-1], width)
    if array.ndim < 4 or array.strides[1] >= array.strides[2]:
        return np.empty(shape, np.float32)
    count, heads, steps, _ = shape
    return np.empty((count, steps, heads, width), np.float32).transpose(0, 2, 1, 3)


def attend(query: Array, key: Array, value: Array, masks: Masks, scale: float) -> tuple[Array, Array, Array]:
    """See the reference."""
    q, k, v = _heads(query), _heads(key), _heads(value)
    count, heads, steps, size = q.shape
    keys, width = v.shape[2:]
    out, kept = _like(query, width), np.empty((2, *query.shape[:-1]), np.float32)
    made, (peaks, totals) = _heads(out), kept.reshape(2, count, heads, steps)
    bias, keep = (_spread(each, (count, heads, steps, keys)) for each in (masks.bias, masks.keep))
    flags = (masks.bias is not None, masks.keep is not None, masks.causal)

    def run(first: int, last: int) -> None:
        _attend(q, k, v, bias, keep, *flags, np.float32(scale), made, peaks, totals, first, last)

    in_parts(run, count * heads, count * heads * steps * keys * (size + width + _EXPONENTIALS))
    return out, *kept


@jit
def _attend(
    query: Array, key: Array, value: Array, bias: Array, keep: Array, biased: bool, dropped: bool,
    causal: bool, scale: np.float32, out: Array, peaks: Array, totals: Array, first: int, last: int,
) -> None:  # fmt: skip
    heads, steps, keys, size = query.shape[1], query.shape[2], key.shape[2], key.shape[3]
    height = min(max(_SCORES // max(keys, 1), 1), 32 if causal else 64, steps)
    scores, turned = np.empty((height, keys), np.float32), np.empty((size, keys), np.float32)
    for head in range(first, last):
        n, h = head // heads, head % heads
        _turn(key[n, h], turned, scale)
        # Hidden keys can be left out where all values are finite: zero times infinity would not be zero.
        skips = causal and _is_finite(value[n, h])
        for top in range(0, steps, height):
            stop = min(top + height, steps)
            seen = min(stop, keys) if skips else keys
            made = scores[: stop - top, :seen]
            gemm_of_few(query[n, h, top:stop], turned[:, :seen], made, 0.0)
            for at in range(top, stop):
                row = scores[at - top][:seen]
                if biased:
                    _add(row, bias[n, h, at])
                if causal:
                    row[at + 1 :] = _NOTHING
                peak = _largest(row)
                # A row that sees nothing gives zeros, as in PyTorch.
                peak = _0 if biased and peak == _NOTHING else peak
                total = _exponentials(row, peak)
                total = _1 if biased and total == _0 else total
                peaks[n, h, at], totals[n, h, at] = peak, total
                _scale(row, _1 / total)
                if dropped:
                    _multiply(row, keep[n, h, at])
            gemm_of_few(made, value[n, h, :seen], out[n, h, top:stop], 0.0)


@jit
def _is_finite(matrix: Array) -> bool:
    total = _0
    for row in range(matrix.shape[0]):
        for column in range(matrix.shape[1]):
            total += matrix[row, column] * _0
    return bool(total == _0)


@jit
def _turn(matrix: Array, turned: Array, scale: np.float32) -> None:
    for column in range(turned.shape[0]):
        row = turned[column]
        for at in range(row.size):
            row[at] = matrix[at, column] * scale


@jit
def _add(row: Array, other: Array) -> None:
    for at in range(row.size):
        row[at] += other[at]


@jit
def _multiply(row: Array, other: Array) -> None:
    for at in range(row.size):
        row[at] *= other[at]


@jit
def _scale(row: Array, factor: np.float32) -> None:
    for at in range(row.size):
        row[at] *= factor


@jit
def _largest(row: Array) -> Any:
    most = _LOWEST
    for at in range(row.size):
        most = max(most, ordered(row[at]))
    return unordered(most)


@jit
def _exponentials(row: Array, peak: np.float32) -> Any:
    """Of the distances from the peak, in place, and their sum."""
    total = _0
    for at in range(row.size):
        row[at] = exp(row[at] - peak)
        total += row[at]
    return total


def attend_backward(
    grad: Array, query: Array, key: Array, value: Array, masks: Masks, peaks: Array, totals: Array,
    scale: float, to_bias: bool,
) -> tuple[Array, Array, Array, Array | None]:  # fmt: skip
    """See the reference."""
    # Weights are made anew from equal bits alone, so that no gradient is left to the reference.
    back = grad if suits(grad) else grad.copy(order="C")
    g, q, k, v = (_heads(each) for each in (back, query, key, value))
    largest, summed = (each.reshape(g.shape[:-1]) for each in (peaks, totals))
    count, heads, steps, size = q.shape
    keys, width = v.shape[2:]
    to_query, to_key, to_value = (np.empty_like(each) for each in (query, key, value))
    to_q, to_k, to_v = (_heads(each) for each in (to_query, to_key, to_value))
    bias, keep = (_spread(each, (count, heads, steps, keys)) for each in (masks.bias, masks.keep))
    flags = (masks.bias is not None, masks.keep is not None, masks.causal)
    to_scores = np.zeros((count, heads, steps, keys) if to_bias else (1, 1, 1, 1), np.float32)

    def run(first: int, last: int) -> None:
        _attend_back(
            *(g, q, k, v, bias, keep, *flags, np.float32(scale), largest, summed),
            *(to_q, to_k, to_v, to_scores, to_bias, first, last),
        )

    in_parts(run, count * heads, 2 * count * heads * steps * keys * (size + width + _EXPONENTIALS))
    to_scores = to_scores.reshape(*query.shape[:-1], keys) if to_bias else to_scores
    return to_query, to_key, to_value, to_scores if to_bias else None


@jit
def _attend_back(
    grad: Array, query: Array, key: Array, value: Array, bias: Array, keep: Array, biased: bool,
    dropped: bool, causal: bool, scale: np.float32, peaks: Array, totals: Array, to_query: Array,
    to_key: Array, to_value: Array, to_scores: Array, to_bias: bool, first: int, last: int,
) -> None:  # fmt: skip
    heads, steps, keys = query.shape[1], query.shape[2], key.shape[2]
    height = min(max(_SCORES // max(keys, 1), 1), 32 if causal else 64, steps)
    weights, slopes = np.empty((height, keys), np.float32), np.empty((height, keys), np.float32)
    keys_turned = np.empty((key.shape[3], keys), np.float32)
    values_turned = np.empty((value.shape[3], keys), np.float32)
    for head in range(first, last):
        n, h = head // heads, head % heads
        _turn(key[n, h], keys_turned, scale)
        _turn(value[n, h], values_turned, _1)
        to_key[n, h] = _0
        to_value[n, h] = _0
        skips = causal and _is_finite(keys_turned) and _is_finite(values_turned)
        for top in range(0, steps, height):
            stop = min(top + height, steps)
            asked, back = query[n, h, top:stop], grad[n, h, top:stop]
            seen = min(stop, keys) if skips else keys
            finite = False
            while not finite:
                made, slope = weights[: stop - top, :seen], slopes[: stop - top, :seen]
                gemm_of_few(asked, keys_turned[:, :seen], made, 0.0)
                gemm_of_few(back, values_turned[:, :seen], slope, 0.0)
                finite = True
                for at in range(top, stop):
                    row, sloped = weights[at - top][:seen], slopes[at - top][:seen]
                    if biased:
                        _add(row, bias[n, h, at])
                    if causal:
                        row[at + 1 :] = _NOTHING
                    if dropped:
                        _multiply(sloped, keep[n, h, at])
                    along = _weigh(row, peaks[n, h, at], _1 / totals[n, h, at], sloped)
                    finite = finite and (along + peaks[n, h, at]) * _0 == _0
                    _through_softmax(row, sloped, along)
                    if to_bias:
                        to_scores[n, h, at, :seen] = sloped
                    _scale(sloped, scale)
                    if dropped:
                        _multiply(row, keep[n, h, at])
                # What is not finite reaches the hidden keys as well.
                finite = finite or seen == keys
                seen = seen if finite else keys
            gemm(made, back, to_value[n, h, :seen], True, False, 1.0)
            gemm_of_few(slope, key[n, h, :seen], to_query[n, h, top:stop], 0.0)
            gemm(slope, asked, to_key[n, h, :seen], True, False, 1.0)


@jit
def _weigh(row: Array, peak: np.float32, share: np.float32, slopes: Array) -> Any:
    """Scores to weights, in place, and their product with the slopes."""
    along = _0
    for at in range(row.size):
        row[at] = exp(row[at] - peak) * share
        along += row[at] * slopes[at]
    return along


@jit
def _through_softmax(weights: Array, slopes: Array, along: np.float32) -> None:
    for at in range(weights.size):
        slopes[at] = weights[at] * (slopes[at] - along)
