"""The frequencies that the elements of a Fourier transform stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.creation import Where, finish
from gradloom.dtypes import dtype as DType
from gradloom.dtypes import get_default_dtype
from gradloom.tensor import Tensor


def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies of an `fft` of `n` samples that are `d` apart, in cycles per unit of `d`.

    0 comes first, then the positive ones, then the negative ones.
    """
    steps = np.arange(n)
    steps[(n + 1) // 2 :] -= n
    return _spread(steps, n, d, dtype, device, requires_grad)


def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies of an `rfft` of `n` samples that are `d` apart, in cycles per unit of `d`."""
    return _spread(np.arange(n // 2 + 1), n, d, dtype, device, requires_grad)


def _spread(steps: Any, n: int, d: float, dtype: DType | None, device: Where, requires_grad: bool) -> Tensor:
    kind = (dtype or get_default_dtype()).numpy
    return finish((steps / (n * d)).astype(kind) if n else np.empty(0, kind), requires_grad, device)
