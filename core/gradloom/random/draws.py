"""Random arrays of a dtype, in PyTorch's words where that has no such numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.kernels.random_stream import Stream


def floating(dtype: DType | None, kernel: str) -> Any:
    """The NumPy dtype of random numbers; NotImplementedError if it is not one with fractions."""
    kind = dtype or dtypes.get_default_dtype()
    if kind.category < 2:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtypes.legacy_name(kind.numpy)}'")
    return kind.numpy


def in_memory_order(array: Array, draw: Callable[[tuple[int, ...]], Array]) -> Array:
    """What `draw` gives for the array's shape, element after element as they lie in the array's memory."""
    if array.flags.c_contiguous or min(array.strides) <= 0:
        return draw(array.shape)
    order = sorted(range(array.ndim), key=lambda dim: -array.strides[dim])
    drawn = draw(tuple([array.shape[dim] for dim in order]))
    return drawn.transpose([order.index(dim) for dim in range(array.ndim)])


def uniform(stream: Stream, shape: tuple[int, ...], kind: Any, low: float = 0.0, high: float = 1.0) -> Array:
    """Uniform numbers; of complex ones real and imaginary part apart."""
    if kind.kind == "c":
        parts: Array = stream.uniform((*shape, 2), _part(kind), low, high).view(kind)
        return parts[..., 0]
    drawn = stream.uniform(shape, kind, low, high)
    if kind.itemsize == 2:
        # Rounding may reach the end that the interval does not have.
        drawn[drawn == drawn.dtype.type(high)] = low
    return drawn


def normal(stream: Stream, shape: tuple[int, ...], kind: Any, mean: float = 0.0, std: float = 1.0) -> Array:
    """Normally distributed numbers; of complex ones each part has the mean and half the variance."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    if kind.kind == "c":
        pairs: Array = stream.normal((*shape, 2), _part(kind), mean, std * math.sqrt(0.5)).view(kind)
        return pairs[..., 0]
    return stream.normal(shape, kind, mean, std)


def _part(kind: Any) -> Any:
    return np.dtype(np.float64 if kind == np.complex128 else np.float32)


def bounded(stream: Stream, low: int, high: int, shape: tuple[int, ...], kind: Any) -> Array:
    """Integers in [low, high) in a dtype that holds them."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        for name, value in (("from", low), ("to - 1", high - 1)):
            if not limits.min <= value <= limits.max:
                raise RuntimeError(f"{name} is out of bounds for {_C_NAMES[kind.name]}")
    return stream.integers(low, high, shape).astype(kind, copy=False)


_C_NAMES = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int", "int64": "long",
    "uint16": "unsigned short", "uint32": "unsigned int", "uint64": "unsigned long",
}  # fmt: skip
