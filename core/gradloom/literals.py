"""Arrays from what scripts write down: numbers, nested sequences, arrays, and tensors inside them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import islice
from numbers import Number
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.tensor import Tensor, wrap

_NESTS = (list, tuple, range, Tensor, np.ndarray)


def from_numpy(ndarray: Array) -> Tensor:
    """A tensor over the memory of `ndarray`: writing to one changes the other.

    Matrices, masked and mapped arrays lose their ways of their own. ValueError for strides that a tensor
    cannot have.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.of_array(ndarray)
    if ndarray.strides and min(ndarray.strides) < 0:
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides "
            "are not currently supported. (You can probably work around this by making a copy of your array  "
            "with array.copy().) "
        )
    if any(stride % ndarray.itemsize for stride in ndarray.strides):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array to "
            "reallocate the memory."
        )
    return wrap(np.asarray(ndarray))


def array_of(data: Any, dtype: DType | None) -> Array:
    """A new array of `data`: tensors, arrays, numbers, and nested sequences of them.

    Python's floats and complex numbers become the default dtype, its integers int64; what has a dtype keeps
    it. ValueError if the nesting is ragged, RuntimeError where a number does not fit, TypeError for the rest.
    """
    if isinstance(data, Tensor):
        return data.array.astype(dtype.numpy if dtype else data.array.dtype)
    if isinstance(data, (np.ndarray, np.generic)):
        array = np.array(data)
        dtypes.of_array(array)
        return array if dtype is None else array.astype(dtype.numpy)
    array = _gathered(data)
    if dtype is not None:
        return _fitted(array, dtype)
    natural = _natural(array, data)
    if natural.kind == "i" and array.dtype.kind == "f":  # where NumPy found no room for an integer
        raise ValueError("Overflow when unpacking long long")
    with np.errstate(all="ignore"):
        return array.astype(natural, copy=False)


def _gathered(data: Any) -> Array:
    """`data` as NumPy reads it, or PyTorch's error about it."""
    try:
        array = np.array(_plain(data))
    except ValueError:
        _explain_ragged(data, _lengths(data), 0)
        raise
    except OverflowError:
        raise RuntimeError("Overflow when unpacking long long") from None
    kind = array.dtype.kind
    if kind in "US":
        word, first = "str" if kind == "U" else "bytes", data
        while isinstance(first, (list, tuple)):
            first = first[0]
        if array.ndim and isinstance(first, (str, bytes)):
            raise ValueError(f"too many dimensions '{word}'")
        raise TypeError(f"new(): invalid data type '{word}'")
    if kind == "O":
        found = _first(data)
        if isinstance(found, int):
            raise ValueError("Overflow when unpacking long long")
        raise RuntimeError(f"Could not infer dtype of {type(found).__name__}")
    if array.dtype == np.uint64 and not isinstance(_first(data), np.generic):
        raise ValueError("Overflow when unpacking long long")
    return array


def _first(data: Any) -> Any:
    """The first element of nested sequences that NumPy cannot hold as a number, or the first at all."""
    while isinstance(data, (list, tuple)) and data:
        odd = [each for each in data if not isinstance(each, (int, float, complex, np.generic))]
        data = odd[0] if odd else max(data, key=lambda each: abs(each))
    return data


def _natural(array: Array, data: Any) -> Any:
    """The dtype for an array whose elements were written as `data`: that which holds all of them."""
    kinds = set(_kinds_within(data))
    if not kinds:
        return dtypes.get_default_dtype().numpy if not array.size else array.dtype
    return reduce(dtypes.promote_types, kinds).numpy


def _kinds_within(data: Any) -> Iterator[DType]:
    """The dtypes that the elements of nested sequences would have alone."""
    if isinstance(data, (list, tuple, range)):
        for kind in set(map(type, data)):
            alike = (each for each in data if type(each) is kind)
            for each in alike if issubclass(kind, _NESTS) else islice(alike, 1):
                yield from _kinds_within(each)
    elif isinstance(data, Tensor):
        yield data.dtype
    elif isinstance(data, (np.ndarray, np.generic)):
        yield dtypes.of_array(np.asarray(data))
    elif isinstance(data, Number):
        yield dtypes.of_number(data)


def _fitted(array: Array, dtype: DType) -> Array:
    """`array` in another dtype; an error if a number does not fit there."""
    wanted = dtype.numpy
    if array.dtype.kind == "c" and wanted.kind != "c":
        raise TypeError("must be real number, not complex")
    if wanted.kind in "iu" and array.dtype.kind in "iuf" and array.size:
        limits = np.iinfo(wanted)
        least = -limits.max if wanted.kind == "u" else limits.min
        if not ((array >= least) & (array <= limits.max)).all():
            raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    with np.errstate(all="ignore"):
        return array.astype(wanted)


def _plain(data: Any) -> Any:
    """`data` with every tensor inside as what it holds."""
    if isinstance(data, Tensor):
        return data.array
    if isinstance(data, (list, tuple)) and any(isinstance(each, (Tensor, list, tuple)) for each in data):
        return [_plain(each) for each in data]
    return data


def _lengths(data: Any) -> list[int]:
    """The sizes that the first elements of nested sequences claim."""
    lengths = []
    while isinstance(data, (list, tuple)):
        lengths.append(len(data))
        data = data[0] if data else None
    return lengths


def _explain_ragged(data: Any, lengths: list[int], at: int) -> None:
    """Raise PyTorch's error about the first part of `data` that has not the claimed sizes."""
    if at == len(lengths):
        return
    if not isinstance(data, (list, tuple)):
        raise TypeError("not a sequence")
    if len(data) != lengths[at]:
        raise ValueError(f"expected sequence of length {lengths[at]} at dim {at} (got {len(data)})")
    for each in data:
        _explain_ragged(each, lengths, at + 1)
