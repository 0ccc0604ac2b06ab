"""Windows: weights that fade a frame out at its ends, before its spectrum is taken."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradloom.creation import Where, finish
from gradloom.dtypes import Array, get_default_dtype
from gradloom.dtypes import dtype as DType
from gradloom.kernels.modified_bessel import i0
from gradloom.tensor import Tensor


def _window(
    name: str, shape: Callable[[Array], Array], length: int, periodic: bool, dtype: DType | None
) -> Array:
    """`shape` at steps from 0 to 1; a periodic window ends one step before."""
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    kind = dtype or get_default_dtype()
    if not kind.is_floating_point:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {kind!r}")
    steps = length if periodic else length - 1
    return (shape(np.arange(length) / steps) if length > 1 else np.ones(length)).astype(kind.numpy)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """A triangle: 1 - |2 t - 1|."""
    values = _window("bartlett_window", lambda t: 1 - np.abs(2 * t - 1), window_length, periodic, dtype)
    return finish(values, requires_grad, device)


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """A raised cosine: (1 - cos(2 pi t)) / 2."""
    values = _window("hann_window", lambda t: _cosines(t, 0.5, 0.5), window_length, periodic, dtype)
    return finish(values, requires_grad, device)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """A raised cosine that does not reach 0: alpha - beta cos(2 pi t)."""
    values = _window("hamming_window", lambda t: _cosines(t, alpha, beta), window_length, periodic, dtype)
    return finish(values, requires_grad, device)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """Two cosines: 0.42 - 0.5 cos(2 pi t) + 0.08 cos(4 pi t)."""
    values = _window(
        "blackman_window", lambda t: _cosines(t, 0.42, 0.5, 0.08), window_length, periodic, dtype
    )
    return finish(values, requires_grad, device)


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """i0(beta sqrt(1 - (2 t - 1)^2)) / i0(beta), i0 a modified Bessel function."""
    values = _window("kaiser_window", lambda t: _bessel(t, beta), window_length, periodic, dtype)
    return finish(values, requires_grad, device)


def _cosines(t: Array, mean: float, once: float, twice: float = 0.0) -> Array:
    return np.asarray(mean - once * np.cos(2 * np.pi * t) + twice * np.cos(4 * np.pi * t))


def _blackman(t: Array) -> Array:
    return _cosines(t, 0.42, 0.5, 0.08)


def _bessel(t: Array, beta: float) -> Array:
    return i0(beta * np.sqrt(np.maximum(1 - (2 * t - 1) ** 2, 0))) / i0(np.float64(beta))
