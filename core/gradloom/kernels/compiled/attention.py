"""Attention, a panel of queries of one head at a time, so that their scores stay in the cache.

A panel has a row for each key and a column for each of LANES queries: largest scores, sums and what they are
taken from or multiplied by are then vectors, and a panel is what a product sums over or the other way round,
as it lies. Weights are made anew on the way back, as in FlashAttention (Dao et al., 2022), from each row's
largest score and the sum of its exponentials.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.kernels.attention import Masks, suits
from gradloom.kernels.compiled.columns import centre, highest, scaled, subtract, totals, weigh
from gradloom.kernels.compiled.crew import shared
from gradloom.kernels.compiled.elementary import exp_below_0
from gradloom.kernels.compiled.jit import inlined, jit, jit_inside
from gradloom.kernels.compiled.tiles import ROWS, strip
from gradloom.kernels.compiled.vectors import LANES, turn

Array = np.ndarray[Any, Any]

_EXPONENTIALS = 8  # what a softmax costs for each score, in multiply-adds
_0, _1 = np.float32(0), np.float32(1)
_NOTHING = np.float32(-np.inf)
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


def _room_like(*arrays: Array) -> Sequence[Array]:
    """Arrays that lie as these do, in one memory if these are cut from one, so that it need not be copied."""
    first, places = arrays[0], [each.__array_interface__["data"][0] for each in arrays]
    step = places[1] - places[0]
    shape, strides = (len(arrays), *first.shape), (step, *first.strides)
    if (
        any(each.base is None or each.base is not first.base for each in arrays)
        or any((each.shape, each.strides) != (first.shape, first.strides) for each in arrays)
        or places != [places[0] + step * at for at in range(len(arrays))]
        or min(strides) < first.itemsize
    ):
        return [np.empty_like(each) for each in arrays]
    order = sorted(range(len(shape)), key=lambda dim: -strides[dim])
    return list(np.empty([shape[dim] for dim in order], np.float32).transpose(np.argsort(order)))


def attend(query: Array, key: Array, value: Array, masks: Masks, scale: float) -> tuple[Array, Array, Array]:
    """See the reference."""
    q, k, v = _heads(query), _heads(key), _heads(value)
    count, heads, steps, size = q.shape
    keys, width = v.shape[2:]
    out, kept = _like(query, width), np.empty((2, *query.shape[:-1]), np.float32)
    made, (peaks, sums) = _heads(out), kept.reshape(2, count, heads, steps)
    bias, keep = (_spread(each, (count, heads, steps, keys)) for each in (masks.bias, masks.keep))
    flags = (masks.bias is not None, masks.keep is not None, masks.causal)

    work = count * heads * steps * keys * (size + width + _EXPONENTIALS)
    _attend(q, k, v, bias, keep, *flags, np.float32(scale), made, peaks, sums, count * heads, work)
    return out, *kept


@shared
def _attend(
    query: Array, key: Array, value: Array, bias: Array, keep: Array, biased: bool, dropped: bool,
    causal: bool, scale: np.float32, out: Array, peaks: Array, sums: Array, first: int, last: int,
) -> None:  # fmt: skip
    heads, steps, keys = query.shape[1], query.shape[2], key.shape[2]
    known, values = _room(keys, key.shape[3]), _room(keys, value.shape[3])
    asked, made = _room(LANES, key.shape[3]), _room(LANES, value.shape[3])
    turned, scores, mask = np.empty(asked.size, np.float32), _room(keys, LANES), _room(keys, LANES)
    peak, total, share = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    for head in range(first, last):
        n, h = head // heads, head % heads
        _fetch(key, n, h, 0, keys, _1, known)
        _fetch(value, n, h, 0, keys, _1, values)
        # Hidden keys can be left out where all values are finite: zero times infinity would not be zero.
        skips = causal and _is_finite(values)
        for top in range(0, steps, LANES):
            stop = min(top + LANES, steps)
            seen = min(top + LANES, keys) if skips else keys
            _fetch(query, n, h, top, stop, scale, asked)
            _turn(asked, turned)
            _score(known, turned, scores, seen)
            if biased:
                _look_up(bias, n, h, top, stop, mask, seen)
                _add(scores, mask, seen)
            if causal:
                _hide(scores, top, seen)
            highest(scores, seen, peak)
            if biased:
                # A row that sees nothing gives zeros, as in PyTorch.
                _replace(peak, _NOTHING, _0)
            subtract(scores, seen, peak)
            _exponentials(scores, seen)
            totals(scores, seen, total)
            if biased:
                _replace(total, _0, _1)
            if dropped:
                _look_up(keep, n, h, top, stop, mask, seen)
                _multiply(scores, mask, seen)
            _across(scores, seen, values, made)
            for at in range(stop - top):
                peaks[n, h, top + at], sums[n, h, top + at] = peak[at], total[at]
                share[at] = _1 / total[at]
            _store(made, share, out, n, h, top, stop)


@inlined
def _room(rows: int, columns: int) -> Array:
    """Zeros for rows and columns, filled up to whole strips."""
    return np.zeros((-(-rows // ROWS) * ROWS, -(-columns // LANES) * LANES), np.float32)


@jit_inside
def _fetch(matrices: Array, n: int, h: int, first: int, last: int, scale: np.float32, room: Array) -> None:
    """Rows of one matrix, times the scale, to the room's first rows."""
    columns, pitch = matrices.shape[3], room.shape[1]
    whole = columns // LANES * LANES
    for row in range(first, last):
        start, to = _place(matrices, n, h, row), (row - first) * pitch
        for column in range(0, whole, LANES):
            scaled(matrices, start + column, scale, room, to + column)
        for column in range(whole, columns):
            room[row - first, column] = matrices[n, h, row, column] * scale


@jit
def _store(room: Array, scales: Array, matrices: Array, n: int, h: int, first: int, last: int) -> None:
    """The room's first rows, each times its scale, to rows of one matrix; there are LANES scales in turn."""
    columns, pitch = matrices.shape[3], room.shape[1]
    whole = columns // LANES * LANES
    for row in range(first, last):
        start, to, scale = (row - first) * pitch, _place(matrices, n, h, row), scales[(row - first) % LANES]
        for column in range(0, whole, LANES):
            scaled(room, start + column, scale, matrices, to + column)
        for column in range(whole, columns):
            matrices[n, h, row, column] = room[row - first, column] * scale


@inlined
def _place(matrices: Array, n: int, h: int, row: int) -> int:
    """Where a row begins, in numbers."""
    return (n * matrices.strides[0] + h * matrices.strides[1] + row * matrices.strides[2]) >> 2


@inlined
def _turn(rows: Array, turned: Array) -> None:
    """LANES rows as a panel: a row for each column."""
    for column in range(0, rows.shape[1], LANES):
        turn(rows, column, rows.shape[1], turned, column * LANES, LANES)


@jit_inside
def _is_finite(room: Array) -> bool:
    flat = room.reshape(room.size)
    total = _0
    for at in range(flat.size):
        total += flat[at] * _0
    return bool(total == _0)


@jit_inside
def _score(rows: Array, turned: Array, panel: Array, count: int) -> None:
    """The product of each of the first rows with each column."""
    size = rows.shape[1]
    for row in range(0, count, ROWS):
        strip(rows, row * size, size, 1, turned, 0, LANES, size, panel, row * LANES, LANES, False)


@jit_inside
def _across(panel: Array, count: int, rows: Array, out: Array) -> None:
    """For each column of the panel the sum of the first rows, weighed by its numbers."""
    width = rows.shape[1]
    for column in range(0, width, LANES):
        for lane in range(0, LANES, ROWS):
            strip(panel, lane, 1, LANES, rows, column, width, count, out, lane * width + column, width, False)


@jit
def _along(panel: Array, count: int, rows: Array, lanes: int, out: Array) -> None:
    """Add to each of the first rows of `out` the sum of the rows, weighed by a row of the panel."""
    width = rows.shape[1]
    for column in range(0, width, LANES):
        for row in range(0, count, ROWS):
            strip(
                *(panel, row * LANES, LANES, 1, rows, column, width, lanes),
                *(out, row * width + column, width, True),
            )


@jit_inside
def _exponentials(panel: Array, count: int) -> None:
    flat = panel[:count].reshape(count * LANES)
    for at in range(flat.size):
        flat[at] = exp_below_0(flat[at])


@jit
def _add(panel: Array, mask: Array, count: int) -> None:
    one, other = panel[:count].reshape(count * LANES), mask[:count].reshape(count * LANES)
    for at in range(one.size):
        one[at] += other[at]


@jit
def _multiply(panel: Array, mask: Array, count: int) -> None:
    one, other = panel[:count].reshape(count * LANES), mask[:count].reshape(count * LANES)
    for at in range(one.size):
        one[at] *= other[at]


@jit_inside
def _look_up(masks: Array, n: int, h: int, top: int, stop: int, panel: Array, count: int) -> None:
    """The first columns of some rows of one mask as a panel."""
    whole = count // LANES * LANES if stop - top == LANES and masks.strides[3] == 4 else 0
    for key in range(0, whole, LANES):
        start, pitch = _place(masks, n, h, top) + key, masks.strides[2] >> 2
        turn(masks, start, pitch, panel, key * LANES, LANES)
    for lane in range(stop - top):
        for key in range(whole, count):
            panel[key, lane] = masks[n, h, top + lane, key]


@jit_inside
def _hide(panel: Array, top: int, seen: int) -> None:
    """Keys behind each query."""
    for key in range(top + 1, seen):
        panel[key, : min(key - top, LANES)] = _NOTHING


@inlined
def _replace(row: Array, number: np.float32, other: np.float32) -> None:
    for lane in range(LANES):
        row[lane] = other if row[lane] == number else row[lane]


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
    to_query, to_key, to_value = _room_like(query, key, value)
    to_q, to_k, to_v = (_heads(each) for each in (to_query, to_key, to_value))
    bias, keep = (_spread(each, (count, heads, steps, keys)) for each in (masks.bias, masks.keep))
    flags = (masks.bias is not None, masks.keep is not None, masks.causal)
    to_scores = np.zeros((count, heads, steps, keys) if to_bias else (1, 1, 1, 1), np.float32)

    work = 2 * count * heads * steps * keys * (size + width + _EXPONENTIALS)
    _attend_back(
        *(g, q, k, v, bias, keep, *flags, np.float32(scale), largest, summed),
        *(to_q, to_k, to_v, to_scores, to_bias, count * heads, work),
    )
    to_scores = to_scores.reshape(*query.shape[:-1], keys) if to_bias else to_scores
    return to_query, to_key, to_value, to_scores if to_bias else None


@shared
def _attend_back(
    grad: Array, query: Array, key: Array, value: Array, bias: Array, keep: Array, biased: bool,
    dropped: bool, causal: bool, scale: np.float32, peaks: Array, sums: Array, to_query: Array,
    to_key: Array, to_value: Array, to_scores: Array, to_bias: bool, first: int, last: int,
) -> None:  # fmt: skip
    heads, steps, keys = query.shape[1], query.shape[2], key.shape[2]
    size, width = key.shape[3], value.shape[3]
    known, values = _room(keys, size), _room(keys, width)
    to_known, to_values = _room(keys, size), _room(keys, width)
    asked, back, to_asked = _room(LANES, size), _room(LANES, width), _room(LANES, size)
    asked_turned, back_turned = np.empty(asked.size, np.float32), np.empty(back.size, np.float32)
    weights, slopes, mask = _room(keys, LANES), _room(keys, LANES), _room(keys, LANES)
    peak, share, along = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    scales, ones = np.full(LANES, scale), np.ones(LANES, np.float32)
    for head in range(first, last):
        n, h = head // heads, head % heads
        _fetch(key, n, h, 0, keys, _1, known)
        _fetch(value, n, h, 0, keys, _1, values)
        to_known[:], to_values[:] = _0, _0
        skips = causal and _is_finite(known) and _is_finite(values)
        for top in range(0, steps, LANES):
            stop = min(top + LANES, steps)
            lanes, seen = stop - top, min(top + LANES, keys) if skips else keys
            _fetch(query, n, h, top, stop, scale, asked)
            _fetch(grad, n, h, top, stop, _1, back)
            _turn(asked, asked_turned)
            _turn(back, back_turned)
            for at in range(lanes):
                peak[at], share[at] = peaks[n, h, top + at], _1 / sums[n, h, top + at]
            while True:
                _score(known, asked_turned, weights, seen)
                _score(values, back_turned, slopes, seen)
                if biased:
                    _look_up(bias, n, h, top, stop, mask, seen)
                    _add(weights, mask, seen)
                if causal:
                    _hide(weights, top, seen)
                if dropped:
                    _look_up(keep, n, h, top, stop, mask, seen)
                    _multiply(slopes, mask, seen)
                subtract(weights, seen, peak)
                _exponentials(weights, seen)
                weigh(weights, seen, share, slopes, along)
                # What is not finite reaches the hidden keys as well.
                if seen == keys or _are_finite(peak, along, lanes):
                    break
                seen = keys
            centre(slopes, seen, along, weights)
            if to_bias:
                for at in range(lanes):
                    for column in range(seen):
                        to_scores[n, h, top + at, column] = slopes[column, at]
            if dropped:
                _multiply(weights, mask, seen)
            _along(weights, seen, back, lanes, to_values)
            _along(slopes, seen, asked, lanes, to_known)
            _across(slopes, seen, known, to_asked)
            _store(to_asked, scales, to_query, n, h, top, stop)
        _store(to_known, ones, to_key, n, h, 0, keys)
        _store(to_values, ones, to_value, n, h, 0, keys)


@inlined
def _are_finite(one: Array, other: Array, count: int) -> bool:
    total = _0
    for at in range(count):
        total += (one[at] + other[at]) * _0
    return bool(total == _0)
