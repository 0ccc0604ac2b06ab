"""Random numbers that are drawn until they fit: gamma, Poisson and binomial, as PyTorch's CPU draws them.

Sources: G. Marsaglia and W. Tsang, "A simple method for generating gamma variables" (2000); W. Hoermann, "The
transformed rejection method for generating Poisson random variables" (1993) and "The generation of binomial
random variates" (1993). Which uniform number is used for what follows ATen/native/Distributions.h, so that
one seed gives PyTorch's samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gradloom.kernels.random_stream import Stream

Array: TypeAlias = npt.NDArray[Any]
Uniform = Callable[[], float]


def _uniform_of(stream: Stream) -> Uniform:
    return lambda: float(stream.uniform_doubles(1)[0])


def standard_gamma(stream: Stream, concentration: Array) -> Array:
    """Gamma-distributed doubles of rate 1, one for each concentration."""
    uniform = _uniform_of(stream)
    drawn = [_gamma_one(stream, uniform, alpha) for alpha in concentration.reshape(-1).tolist()]
    return np.array(drawn, np.float64).reshape(concentration.shape)


def _gamma_one(stream: Stream, uniform: Uniform, alpha: float) -> float:
    scale = 1.0
    if alpha < 1.0:
        if alpha == 0.0:
            return 0.0
        scale = math.pow(1 - uniform(), 1.0 / alpha)
        alpha += 1.0
    d = alpha - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = stream.normal_one()
        y = 1.0 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - uniform()
        square = x * x
        if u < 1.0 - 0.0331 * square * square or math.log(u) < 0.5 * square + d * (1.0 - v + math.log(v)):
            return scale * d * v


def poisson(stream: Stream, rate: Array) -> Array:
    """Poisson-distributed counts as doubles, one for each rate."""
    uniform = _uniform_of(stream)
    drawn = [_poisson_one(uniform, each) for each in rate.reshape(-1).tolist()]
    return np.array(drawn, np.float64).reshape(rate.shape)


def _poisson_one(uniform: Uniform, rate: float) -> float:
    if rate == 0:
        return 0.0
    if rate < 10:
        limit, count, product = math.exp(-rate), 0, 1.0
        while True:
            product *= uniform()
            if product <= limit:
                return float(count)
            count += 1
    root, logarithm = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    fast = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = uniform() - 0.5
        v = uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= fast:
            return float(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        height = math.log(v) + math.log(inverse) - math.log(a / (us * us) + b)
        if height <= -rate + k * logarithm - math.lgamma(k + 1):
            return float(k)


def binomial(stream: Stream, count: Array, probability: Array) -> Array:
    """Numbers of successes as doubles, one for each pair of a count and a probability."""
    uniform = _uniform_of(stream)
    count, probability = np.broadcast_arrays(count, probability)
    pairs = zip(count.reshape(-1).tolist(), probability.reshape(-1).tolist(), strict=True)
    return np.array([_binomial_one(uniform, n, p) for n, p in pairs], np.float64).reshape(count.shape)


def _binomial_one(uniform: Uniform, count: float, p: float) -> float:
    if count <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return count
    if p > 0.5:
        return count - _binomial_half(uniform, count, 1.0 - p)
    return _binomial_half(uniform, count, p)


def _binomial_half(uniform: Uniform, count: float, p: float) -> float:
    if count * p >= 10.0:
        return _transformed(uniform, count, p)
    total, successes, logarithm = 0.0, 0, math.log1p(-p)
    while True:
        u = uniform()
        total += math.ceil(math.log(u) / logarithm) if u > 0 else math.inf
        if total > count:
            return float(successes)
        successes += 1


def _transformed(uniform: Uniform, count: float, p: float) -> float:
    spread = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = count * p + 0.5
    fast = 0.92 - 4.2 / b
    ratio = p / (1 - p)
    alpha = (2.83 + 5.1 / b) * spread
    m = math.floor((count + 1) * p)
    while True:
        u = uniform() - 0.5
        v = uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c)
        if us >= 0.07 and v <= fast:
            return float(k)
        if k < 0 or k > count:
            continue
        height = math.log(v * alpha / (a / (us * us) + b))
        limit = (
            (m + 0.5) * math.log((m + 1) / (ratio * (count - m + 1)))
            + (count + 1) * math.log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * math.log(ratio * (count - k + 1) / (k + 1))
            + _stirling_tail(m)
            + _stirling_tail(count - m)
            - _stirling_tail(k)
            - _stirling_tail(count - k)
        )
        if height <= limit:
            return float(k)


def _stirling_tail(k: float) -> float:
    """What Stirling's formula lacks of log k!."""
    if k <= 9:
        exact = math.lgamma(k + 1)
        return exact - ((k + 0.5) * math.log(k + 1) - (k + 1) + 0.5 * math.log(2 * math.pi))
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)
