"""Attention over sequences, as one op: scores, softmax and weighted sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.dtypes import Array
from gradloom.kernels import attention as kernel
from gradloom.kernels.attention import Masks
from gradloom.ops.elementwise.activation import softmax
from gradloom.ops.matrix.matmul import matmul
from gradloom.ops.op import Value, op
from gradloom.ops.sample import floats, sample


@op(
    samples=[
        sample(floats(2, 3, 2), floats(2, 4, 2), floats(2, 4, 3), None, None, 0.7),
        sample(floats(1, 2, 3, 2), floats(1, 1, 3, 2), floats(1, 1, 3, 2), None, None, 0.5, True),
        sample(
            floats(2, 2), floats(3, 2), floats(3, 1), floats(2, 3), np.array([[0.0, 2, 2], [2, 0, 2]]), 0.7
        ),
    ],
    meeting="float",
    meets=("query", "key", "value", "bias", "keep"),
    keeps=("peaks", "totals"),
    method=False,
)
def attention(
    query: Value, key: Value, value: Value, bias: Value | None = None, keep: Value | None = None,
    scale: float = 1.0, causal: bool = False,
) -> Value:  # fmt: skip
    """softmax(query key^T * scale + bias) * keep, times value (Vaswani et al., 2017, eq. 1).

    Shapes: query (..., l, e), key (..., s, e), value (..., s, v), bias and keep (..., l, s); the result is
    (..., l, v). With `causal` step i sees the keys up to i. A row whose scores are all minus infinity gives
    zeros.
    """
    return kernel.attend(query, key, value, Masks(bias, causal, keep), scale)


@attention.gradient("query", "key", "value", "bias")
def _(
    grad: Array, query: Array, key: Array, value: Array, bias: Array | None, keep: Array | None, scale: float,
    causal: bool, peaks: Array, totals: Array, needs: Sequence[bool],
) -> tuple[Any, ...]:  # fmt: skip
    masks = Masks(bias, causal, keep)
    return kernel.attend_backward(grad, query, key, value, masks, peaks, totals, scale, needs[3])


@attention.composed
def _(
    query: Value, key: Value, value: Value, bias: Value | None, keep: Value | None, scale: float,
    causal: bool,
) -> Value:  # fmt: skip
    scores = matmul(query * scale, key.transpose(-2, -1))
    scores = scores if bias is None else scores + bias
    if causal:
        scores = scores.masked_fill(np.tri(*scores.shape[-2:]) == 0, -np.inf)
    weights = softmax(scores, -1)
    return matmul(weights if keep is None else weights * keep, value)
