"""Scaled dot-product attention (Vaswani et al., 2017) and its gradients, on arrays (..., steps, size)."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.parallel import in_parts

Array: TypeAlias = npt.NDArray[Any]

_EXPONENTIALS = 8  # what a softmax costs for each score, in multiply-adds


class Masks(NamedTuple):
    """What is added to the scores, whether later keys are hidden, and what weights are multiplied by."""

    bias: Array | None
    causal: bool
    keep: Array | None


def attend(query: Array, key: Array, value: Array, masks: Masks, scale: float) -> tuple[Array, Array]:
    """The weighted sums of `value`, and the weights before `keep`."""
    batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    size, steps, keys = value.shape[-1], query.shape[-2], key.shape[-2]
    weights = np.empty((*batch, steps, keys), query.dtype)
    out = np.empty((*batch, steps, size), query.dtype)

    def run(start: int, stop: int) -> None:
        part = [_part(each, len(batch), start, stop) for each in (query, key, value)]
        bias, keep = (_part(each, len(batch), start, stop) for each in (masks.bias, masks.keep))
        scores = _part(weights, len(batch), start, stop)
        np.matmul(part[0] * scores.dtype.type(scale), part[1].swapaxes(-1, -2), out=scores)
        if bias is not None:
            scores += bias
        if masks.causal:
            np.copyto(scores, -np.inf, where=~np.tri(steps, keys, dtype=bool))
        _softmax(scores, safely=bias is not None)
        kept = scores if keep is None else scores * keep
        np.matmul(kept, part[2], out=_part(out, len(batch), start, stop))

    _over_batch(run, batch, weights.size * (query.shape[-1] + size + _EXPONENTIALS))
    return out, weights


def attend_backward(
    grad: Array, query: Array, key: Array, value: Array, keep: Array | None, weights: Array, scale: float
) -> tuple[Array, Array, Array, Array]:
    """Gradients of query, key, value and of what was added to the scores, over the whole batch."""
    batch, kind = weights.shape[:-2], weights.dtype
    to_query = np.empty((*batch, *query.shape[-2:]), kind)
    to_key = np.empty((*batch, *key.shape[-2:]), kind)
    to_value = np.empty((*batch, *value.shape[-2:]), kind)
    to_scores = np.empty_like(weights)

    def run(start: int, stop: int) -> None:
        def part(array: Any) -> Any:
            return _part(array, len(batch), start, stop)

        given, scores, back, factors = part(weights), part(to_scores), part(grad), part(keep)
        kept = given if factors is None else given * factors
        np.matmul(kept.swapaxes(-1, -2), back, out=part(to_value))
        np.matmul(back, part(value).swapaxes(-1, -2), out=scores)
        if factors is not None:
            scores *= factors
        scores -= np.vecdot(scores, given)[..., None]
        scores *= given
        scaled = scores * kind.type(scale)
        np.matmul(scaled, part(key), out=part(to_query))
        np.matmul(scaled.swapaxes(-1, -2), part(query), out=part(to_key))

    _over_batch(run, batch, 2 * weights.size * (query.shape[-1] + value.shape[-1]))
    return to_query, to_key, to_value, to_scores


def _softmax(scores: Array, safely: bool) -> None:
    """In place; with `safely` a row of minus infinities becomes zeros, as in PyTorch."""
    largest = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    if safely:
        largest[np.isneginf(largest)] = 0
    scores -= largest
    np.exp(scores, out=scores)
    total = scores.sum(axis=-1, keepdims=True)
    if safely:
        total[total == 0] = 1
    scores /= total


def _over_batch(run: Any, batch: tuple[int, ...], work: int) -> None:
    if batch and batch[0] > 1:
        in_parts(run, batch[0], work)
    else:
        run(0, 1)


def _part(array: Any, dims: int, start: int, stop: int) -> Any:
    """The rows of the first batch dimension, of which there are `dims`; all where the array is broadcast."""
    if array is None or not dims or array.ndim < dims + 2 or len(array) == 1:
        return array
    return array[start:stop]
