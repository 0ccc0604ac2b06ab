"""Noise as functions: dropout, which sets values to zero at random, and draws from categories."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from gradloom import random
from gradloom.autograd.grad_mode import whole
from gradloom.creation import empty, zeros_like
from gradloom.dtypes import Array
from gradloom.ops.elementwise import activation
from gradloom.random.draws import in_memory_order
from gradloom.tensor import Tensor, wrap

_DROPPED = -1.0507009873554805 * 1.6732632423543772
"""What SELU's negative values tend to: -scale * alpha (Klambauer et al., 2017)."""


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set each value to zero with probability `p` and scale the others up, so that the mean stays.

    ValueError for p outside [0, 1]; so do all functions of this family.
    """
    return _dropped(input, None, p, training, inplace)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set whole channels of (n, c, length) or (c, length) to zero; RuntimeError for other shapes."""
    if input.ndim not in (2, 3):
        _check(p)
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input. Note that dropout1d "
            "exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, "
            "and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    return _dropped(input, _channels(input, 3), p, training, inplace)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set whole channels of (n, c, h, w) to zero; three dimensions are taken for (n, c, length), as ever."""
    _check(p)
    if input.ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior "
            "is desired - input is interpreted as shape (N, C, L), where C is the channel dim. This behavior "
            "will change in a future release to interpret the input as one without a batch dimension, i.e. "
            "shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please switch to using "
            "dropout1d instead.",
            stacklevel=2,
        )
    elif input.ndim != 4:
        _warn_of_dims("dropout2d", input.ndim, 2)
    return _dropped(input, _channels(input, 0), p, training, inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set whole channels of (n, c, d, h, w) or (c, d, h, w) to zero."""
    _check(p)
    if input.ndim not in (4, 5):
        _warn_of_dims("dropout3d", input.ndim, 3)
    return _dropped(input, _channels(input, 5), p, training, inplace)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean 0 and variance 1, for networks with SELU (Klambauer et al., 2017)."""
    return _alpha_dropped(input, None, p, training, inplace)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels of (n, c, ...)."""
    return _alpha_dropped(input, _channels(input, 0), p, training, inplace)


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A random category along `dim`, differentiable in the scores (Jang et al., 2017).

    `tau` smooths; with `hard` the result is one-hot, and the gradient that of the smooth one.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    drawn: Any = random.exponential_(empty(logits.array.shape, dtype=logits.dtype))
    soft: Any = activation.softmax((logits - drawn.log()) / tau, dim)
    if not hard:
        return soft
    one_hot: Any = zeros_like(logits).scatter(dim, soft.detach().argmax(dim, True), 1.0)
    return one_hot - soft.detach() + soft


def _check(p: float) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _warn_of_dims(name: str, ndim: int, spatial: int) -> None:
    warnings.warn(
        f"{name}: Received a {ndim}-D input to {name}, which is deprecated and will result in an error in a "
        "future release. To retain the behavior and silence this warning, please use dropout instead. Note "
        f"that {name} exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a "
        f"channel dimension, and an optional batch dimension (i.e. {spatial + 1}D or {spatial + 2}D inputs).",
        stacklevel=3,
    )


def _channels(input: Tensor, batched: int) -> tuple[int, ...]:
    """One value for each channel; an input of fewer than `batched` dimensions is a single sample."""
    shape = input.array.shape
    lead = 1 if len(shape) < batched else 2
    return (*shape[:lead], *(1,) * (len(shape) - lead))


Shape = tuple[int, ...]


@whole
def _noise(input: Tensor, shape: Shape | None, p: float, kept: float = 1.0) -> Tensor:
    """`kept` of probability 1 - p, or 0: of this shape, or for each value in the order of memory."""
    array, stream = input.array, random.default_stream()

    def draw(shape: Shape) -> Array:
        return stream.bernoulli(shape, 1 - p, kept, array.dtype)

    return wrap(in_memory_order(array, draw) if shape is None else draw(shape))


def _dropped(input: Tensor, shape: Shape | None, p: float, training: bool, inplace: bool) -> Tensor:
    _check(p)
    if not training or p == 0 or input.array.size == 0:
        return input
    if p == 1:
        return input.mul_(0.0) if inplace else input * 0.0
    noise = _noise(input, shape, p, _scale(input.array.dtype, p))
    return input.mul_(noise) if inplace else input * noise


def _scale(dtype: Any, p: float) -> float:
    """What kept values are multiplied by, rounded as the dtype's own division rounds it."""
    return float(np.ones((), dtype) / np.asarray(1 - p, dtype))


def _alpha_dropped(input: Tensor, shape: Shape | None, p: float, training: bool, inplace: bool) -> Tensor:
    _check(p)
    if not training or p == 0 or input.array.size == 0:
        return input
    if p == 1:
        return input.mul_(0.0) if inplace else input * 0.0
    kept = _noise(input, shape, p)
    scale = 1 / math.sqrt((_DROPPED**2 * p + 1) * (1 - p))
    shift: Any = (kept - 1) * (-_DROPPED * scale) - _DROPPED * scale * p
    noise = kept * scale
    return input.mul_(noise).add_(shift) if inplace else input * noise + shift
