"""Scaled dot-product attention (Vaswani et al., 2017) and its gradients, on arrays (..., steps, size).

What is kept for the way back is each row's largest score and the sum of its exponentials, from which the
weights are made anew: those of all pairs would be by far the largest arrays of a network.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.counterpart import compiled, has_gemm
from gradloom.kernels.parallel import in_parts

Array: TypeAlias = npt.NDArray[Any]

_EXPONENTIALS = 8  # what a softmax costs for each score, in multiply-adds


class Masks(NamedTuple):
    """What is added to the scores, whether later keys are hidden, and what weights are multiplied by."""

    bias: Array | None
    causal: bool
    keep: Array | None


def suits(array: Any) -> bool:
    """Whether these are matrices of float32 with rows that BLAS can read."""
    return (
        type(array) is np.ndarray
        and array.dtype == np.float32
        and 1 < array.ndim < 5
        and array.size > 0
        and array.strides[-1] == 4
        and array.strides[-2] >= 4 * array.shape[-1]
        and array.flags.behaved
    )


def _fitting(query: Array, key: Array, value: Array, masks: Masks, scale: float) -> bool:
    return (
        (suits(query) and suits(key) and suits(value))
        and query.shape[:-2] == key.shape[:-2] == value.shape[:-2]
        and all(each is None or each.dtype == np.float32 for each in (masks.bias, masks.keep))
        and has_gemm()
    )


@compiled(when=_fitting)
def attend(query: Array, key: Array, value: Array, masks: Masks, scale: float) -> tuple[Array, Array, Array]:
    """The weighted sums of `value`, and each row's largest score and its sum of exponentials."""
    batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    size, steps, keys = value.shape[-1], query.shape[-2], key.shape[-2]
    out, kept = np.empty((*batch, steps, size), query.dtype), np.empty((2, *batch, steps, 1), query.dtype)

    def run(start: int, stop: int) -> None:
        q, k, v, bias, keep, here, peaks, totals = (
            _part(each, len(batch), start, stop)
            for each in (query, key, value, masks.bias, masks.keep, out, *kept)
        )
        weights = _scores(q, k, bias, masks.causal, scale)
        np.max(weights, axis=-1, keepdims=True, initial=-np.inf, out=peaks)
        if bias is not None:
            # A row that sees nothing gives zeros, as in PyTorch.
            peaks[np.isneginf(peaks)] = 0
        weights -= peaks
        np.exp(weights, out=weights)
        np.sum(weights, axis=-1, keepdims=True, out=totals)
        if bias is not None:
            totals[totals == 0] = 1
        weights /= totals
        np.matmul(weights if keep is None else weights * keep, v, out=here)

    work = out.size // max(size, 1) * keys * (query.shape[-1] + size + _EXPONENTIALS)
    _over_batch(run, batch, work)
    return out, *kept[..., 0]


def _fitting_back(
    grad: Array, query: Array, key: Array, value: Array, masks: Masks, peaks: Array, totals: Array,
    scale: float, to_bias: bool,
) -> bool:  # fmt: skip
    return type(grad) is np.ndarray and _fitting(query, key, value, masks, scale)


@compiled(when=_fitting_back)
def attend_backward(
    grad: Array, query: Array, key: Array, value: Array, masks: Masks, peaks: Array, totals: Array,
    scale: float, to_bias: bool,
) -> tuple[Array, Array, Array, Array | None]:  # fmt: skip
    """Gradients of query, key, value and, if wanted, of the scores, all over the whole batch."""
    batch, kind, steps, keys = grad.shape[:-2], grad.dtype, query.shape[-2], key.shape[-2]
    to_query = np.empty((*batch, *query.shape[-2:]), kind)
    to_key = np.empty((*batch, *key.shape[-2:]), kind)
    to_value = np.empty((*batch, *value.shape[-2:]), kind)
    to_scores = np.empty((*batch, steps, keys), kind) if to_bias else None

    def run(start: int, stop: int) -> None:
        def part(array: Any) -> Any:
            return _part(array, len(batch), start, stop)

        q, k, back, factors = part(query), part(key), part(grad), part(masks.keep)
        weights = _scores(q, k, part(masks.bias), masks.causal, scale)
        weights -= part(peaks[..., None])
        np.exp(weights, out=weights)
        weights /= part(totals[..., None])
        kept = weights if factors is None else weights * factors
        np.matmul(kept.swapaxes(-1, -2), back, out=part(to_value))
        slopes = np.matmul(back, part(value).swapaxes(-1, -2))
        if factors is not None:
            slopes *= factors
        slopes -= np.vecdot(slopes, weights)[..., None]
        slopes *= weights
        if to_scores is not None:
            part(to_scores)[...] = slopes
        slopes *= kind.type(scale)
        np.matmul(slopes, k, out=part(to_query))
        np.matmul(slopes.swapaxes(-1, -2), q, out=part(to_key))

    work = 2 * (grad.size // max(grad.shape[-1], 1)) * keys * (query.shape[-1] + value.shape[-1])
    _over_batch(run, batch, work)
    return to_query, to_key, to_value, to_scores


def _scores(query: Array, key: Array, bias: Array | None, causal: bool, scale: float) -> Array:
    scores: Array = np.matmul(query * query.dtype.type(scale), key.swapaxes(-1, -2))
    if bias is not None:
        scores = scores + bias
    if causal:
        steps, keys = scores.shape[-2:]
        np.copyto(scores, -np.inf, where=~np.tri(steps, keys, dtype=bool))
    return scores


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
