"""Tensors filled with random numbers in place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import recording, whole
from gradloom.autograd.inplace import check_writable
from gradloom.dtypes import Array
from gradloom.random.choices import bernoulli, check_chances, multinomial
from gradloom.random.draws import bounded, floating, normal, uniform
from gradloom.random.generator import Generator, default_stream
from gradloom.tensor import Tensor


def _overwrite(tensor: Tensor, values: Array) -> Tensor:
    if recording.enabled and tensor.requires_grad:
        check_writable(tensor)
        tensor.fill_(0)
    np.copyto(tensor.array, values, casting="unsafe")
    tensor._counter[0] += 1
    return tensor


def _kind_of(tensor: Tensor, kernel: str) -> Any:
    return floating(tensor.dtype, kernel)


@whole
def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **bounds: float
) -> Tensor:
    """Fill with uniform numbers in [from_, to); `from`, PyTorch's name, can be given in a dictionary."""
    low = bounds.get("from", from_)
    kind = _kind_of(self, "check_uniform_bounds")
    if low > to:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={to:g}"
        )
    return _overwrite(self, uniform(default_stream(generator), self.array.shape, kind, low, to))


@whole
def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with normally distributed numbers."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    kind = _kind_of(self, "normal_kernel_cpu")
    return _overwrite(self, normal(default_stream(generator), self.array.shape, kind, mean, std))


@whole
def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with numbers whose logarithms are normally distributed."""
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    _kind_of(self, "log_normal_cpu")
    drawn = default_stream(generator).normal_doubles(self.array.size).reshape(self.array.shape)
    return _overwrite(self, np.exp(drawn * std + mean))


@whole
def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with Cauchy distributed numbers: median + sigma * tan(pi * (u - 1/2))."""
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    if self.array.dtype.kind not in "fV":
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a floating point "
            f"but you specified {dtypes.legacy_name(self.array.dtype)}"
        )
    unit = default_stream(generator).uniform_doubles(self.array.size).reshape(self.array.shape)
    return _overwrite(self, median + sigma * np.tan(np.pi * (unit - 0.5)))


@whole
def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with how many trials of probability `p` it took to succeed: ceil(log(u) / log(1 - p))."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    unit = default_stream(generator).uniform_doubles(self.array.size).reshape(self.array.shape)
    return _overwrite(self, np.ceil(np.log(unit) / math.log1p(-p)))


@whole
def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponentially distributed numbers of the rate `lambd`."""
    if self.array.dtype.kind not in "fV":
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating "
            f"point but you specified {dtypes.legacy_name(self.array.dtype)}"
        )
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    return _overwrite(self, default_stream(generator).exponential(self.array.shape, self.array.dtype, lambd))


@whole
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with ones of probability `p`, a number or a tensor of them, and zeros."""
    if isinstance(p, Tensor):
        return _overwrite(self, bernoulli(p.detach(), generator=generator).array)
    check_chances(p, "bernoulli_")
    return _overwrite(self, default_stream(generator).bernoulli(self.array.shape, p))


@whole
def random_(
    self: Tensor, from_: int = 0, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Fill with integers in [from_, to); of a wide dtype, any that it represents exactly."""
    stream = default_stream(generator)
    if to is None and from_:
        from_, to = 0, from_
    if to is not None:
        return _overwrite(self, bounded(stream, int(from_), int(to), self.array.shape, self.array.dtype))
    if self.array.dtype.itemsize == 8 and self.array.dtype.kind == "i":
        drawn = stream.words64(self.array.size) % np.uint64(2**63)
    else:
        limit = _EXACT_LIMIT[self.array.dtype.name]
        wide = limit > 2**32
        drawn = (stream.words64 if wide else stream.words)(self.array.size) % np.uint64(limit)
    return _overwrite(self, drawn.reshape(self.array.shape))


_EXACT_LIMIT = {
    "bool": 2, "uint8": 2**8, "int8": 2**7, "int16": 2**15, "int32": 2**31,
    "float16": 2**11 + 1, "bfloat16": 2**8 + 1, "float32": 2**24 + 1, "float64": 2**53 + 1,
}  # fmt: skip

for _method in (
    uniform_, normal_, log_normal_, cauchy_, geometric_, exponential_, bernoulli_, random_, multinomial,
    bernoulli,
):  # fmt: skip
    Tensor.bind(_method.__name__, _method)
