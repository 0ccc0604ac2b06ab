"""Draws from the default stream, and how gradients flow through those of gamma and Dirichlet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.autograd.function import Function
from gradloom.dtypes import Array
from gradloom.kernels import rejection
from gradloom.kernels.gamma import lgamma
from gradloom.kernels.incomplete_gamma import slope
from gradloom.random import Generator, default_stream
from gradloom.tensor import Tensor, wrap


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson-distributed counts with the rates in `input`, in its dtype."""
    if input.array.size and not bool((input.array >= 0).all()):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return wrap(rejection.poisson(default_stream(generator), input.array).astype(input.array.dtype))


def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """How many of `count` trials succeed, each with the chance `prob`."""
    drawn = rejection.binomial(default_stream(generator), count.array, prob.array)
    return wrap(drawn.astype(count.array.dtype))


def cauchy(shape: Sequence[int], dtype: Any) -> Tensor:
    """Cauchy-distributed numbers around 0, half of them between -1 and 1."""
    drawn = default_stream().uniform_doubles(math.prod(shape)).reshape(tuple(shape))
    return wrap(np.tan(math.pi * (drawn - 0.5)).astype(dtype.numpy))


class _StandardGamma(Function):
    """A gamma-distributed number of rate 1.

    Its gradient is implicit (M. Figurnov et al., "Implicit reparameterization gradients", 2018): moving the
    parameter moves the sample so that its quantile stays.
    """

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        array = concentration.array
        drawn = rejection.standard_gamma(default_stream(), array)
        drawn = np.maximum(drawn.astype(array.dtype), np.finfo(array.dtype).tiny)
        ctx.save_for_backward(concentration, wrap(drawn))
        return wrap(drawn)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        concentration, drawn = ctx.saved_tensors
        return grad * wrap(gamma_slope(concentration.array, drawn.array))


def gamma_slope(concentration: Array, drawn: Array) -> Array:
    """How a gamma-distributed number moves with its concentration, in the dtype of both."""
    a, x = np.asarray(concentration, np.float64), np.asarray(drawn, np.float64)
    with np.errstate(all="ignore"):
        moved = slope(a, x)
        density = np.exp((a - 1) * np.log(x) - x - lgamma(a))
        turned = np.where(density > 0, -moved / density, 0.0)
    return np.nan_to_num(turned).astype(concentration.dtype)


def standard_gamma(concentration: Tensor) -> Tensor:
    """Gamma-distributed numbers of rate 1, that gradients flow through to the concentration."""
    drawn: Tensor = _StandardGamma.apply(concentration)
    return drawn


class _Doubles(Function):
    """Gamma-distributed doubles for float32 concentrations, as PyTorch draws them for a Dirichlet."""

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        drawn = rejection.standard_gamma(default_stream(), concentration.array)
        ctx.save_for_backward(concentration, wrap(drawn))
        return wrap(drawn)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        concentration, drawn = ctx.saved_tensors
        slope = gamma_slope(concentration.array.astype(np.float64), drawn.array)
        return (grad * wrap(slope)).to(concentration.dtype)


def dirichlet(concentration: Tensor) -> Tensor:
    """Shares that add up to one along the last dim."""
    drawn: Tensor = _Doubles.apply(concentration)
    return (drawn / drawn.sum(-1, True)).to(concentration.dtype)
