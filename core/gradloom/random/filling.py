"""Tensors filled with random numbers in place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.autograd.grad_mode import recording, whole
from gradloom.autograd.inplace import check_writable
from gradloom.dtypes import Array
from gradloom.kernels.random_stream import Stream
from gradloom.random.choices import check_chances, check_each_chance
from gradloom.random.draws import bounded, floating, in_memory_order, normal, uniform
from gradloom.random.generator import Generator, default_stream
from gradloom.tensor import Tensor


def _fill(tensor: Tensor, draw: Callable[[tuple[int, ...]], Array]) -> Tensor:
    return _overwrite(tensor, in_memory_order(tensor.array, draw))


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
    stream = default_stream(generator)
    return _fill(self, lambda shape: uniform(stream, shape, kind, low, to))


@whole
def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with normally distributed numbers."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    kind = _kind_of(self, "normal_kernel_cpu")
    stream = default_stream(generator)
    if kind.kind == "c" or self.array.flags.c_contiguous:
        return _fill(self, lambda shape: normal(stream, shape, kind, mean, std))
    # PyTorch draws in blocks only where memory is row-major.
    return _fill(self, lambda shape: _normal_doubles(stream, shape) * std + mean)


def _normal_doubles(stream: Stream, shape: tuple[int, ...]) -> Array:
    return stream.normal_doubles(math.prod(shape)).reshape(shape)


def _uniform_doubles(stream: Stream, shape: tuple[int, ...]) -> Array:
    return stream.uniform_doubles(math.prod(shape)).reshape(shape)


@whole
def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Fill with numbers whose logarithms are normally distributed."""
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    _kind_of(self, "log_normal_cpu")
    stream = default_stream(generator)
    return _fill(self, lambda shape: np.exp(_normal_doubles(stream, shape) * std + mean))


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
    stream = default_stream(generator)
    return _fill(self, lambda shape: median + sigma * np.tan(np.pi * (_uniform_doubles(stream, shape) - 0.5)))


@whole
def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with how many trials of probability `p` it took to succeed: ceil(log(u) / log(1 - p))."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    stream = default_stream(generator)
    return _fill(self, lambda shape: np.ceil(np.log(_uniform_doubles(stream, shape)) / math.log1p(-p)))


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
    stream, kind = default_stream(generator), self.array.dtype
    return _fill(self, lambda shape: stream.exponential(shape, kind, lambd))


@whole
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with ones of probability `p`, a number or a tensor of them, and zeros."""
    stream = default_stream(generator)
    if isinstance(p, Tensor):
        check_each_chance(p.array)
        chances = p.detach().expand(self.shape).array
        drawn = in_memory_order(self.array, lambda shape: stream.uniform(shape, chances.dtype))
        return _overwrite(self, drawn < chances)
    check_chances(p, "bernoulli_")
    return _fill(self, lambda shape: stream.bernoulli(shape, p))


@whole
def random_(
    self: Tensor, from_: int = 0, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Fill with integers in [from_, to); of a wide dtype, any that it represents exactly."""
    stream, kind = default_stream(generator), self.array.dtype
    if to is None and from_:
        from_, to = 0, from_
    if to is not None:
        return _fill(self, lambda shape: bounded(stream, int(from_), int(to), shape, kind))
    limit = 2**63 if kind.itemsize == 8 and kind.kind == "i" else _EXACT_LIMIT[kind.name]
    words = stream.words64 if limit > 2**32 else stream.words
    return _fill(self, lambda shape: (words(math.prod(shape)) % np.uint64(limit)).reshape(shape))


_EXACT_LIMIT = {
    "bool": 2, "uint8": 2**8, "int8": 2**7, "int16": 2**15, "int32": 2**31,
    "float16": 2**11 + 1, "bfloat16": 2**8 + 1, "float32": 2**24 + 1, "float64": 2**53 + 1,
}  # fmt: skip

for _method in (
    uniform_, normal_, log_normal_, cauchy_, geometric_, exponential_, bernoulli_, random_,
):  # fmt: skip
    Tensor.bind(_method.__name__, _method)
