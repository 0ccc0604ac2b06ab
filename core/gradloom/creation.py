"""New tensors: from data, filled, spaced, and like others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.device import checked
from gradloom.device import device as Device
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.tensor import Tensor, wrap

Where = str | Device | None


def finish(array: Array, requires_grad: bool = False, device: Where = None) -> Tensor:
    """A leaf over `array`; RuntimeError if it cannot require gradients or the device is not the CPU."""
    if device is not None:
        checked(device)
    tensor = wrap(array)
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def shape_of(size: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape from `zeros(2, 3)` or `zeros((2, 3))`; RuntimeError if a size is negative."""
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    shape = tuple(int(each) for each in size)
    if any(each < 0 for each in shape):
        raise RuntimeError(f"Dimension size must be non-negative, but got {list(shape)}")
    return shape


def _numpy(dtype: DType | None) -> Any:
    return (dtype or dtypes.get_default_dtype()).numpy


def _from_data(data: Any, dtype: DType | None) -> Array:
    """A new array of `data`: tensors, arrays, numbers, and nested sequences of them."""
    if isinstance(data, Tensor):
        return data.array.astype(dtype.numpy if dtype else data.array.dtype)
    if isinstance(data, (np.ndarray, np.generic)):
        array = np.array(data, dtype=dtype.numpy if dtype else None)
    else:
        array = np.array(_plain(data), dtype=dtype.numpy if dtype else None)
        if dtype is None:
            if array.dtype.kind == "f" or not array.size:
                array = array.astype(dtypes.get_default_dtype().numpy)
            elif array.dtype.kind in "iu":
                array = array.astype(np.int64)
            elif array.dtype.kind == "c":
                array = array.astype(dtypes.get_default_dtype().to_complex().numpy)
    dtypes.of_array(array)
    return array


def _plain(data: Any) -> Any:
    """`data` with every tensor inside as what it holds."""
    if isinstance(data, Tensor):
        return data.array
    if isinstance(data, (list, tuple)) and any(isinstance(each, (Tensor, list, tuple)) for each in data):
        return [_plain(each) for each in data]
    return data


def tensor(
    data: Any, *, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Tensor:
    """A new tensor with a copy of `data`: numbers, nested sequences, or an array.

    Floats become the default dtype (float32), integers int64. ValueError if the nesting is ragged.

        >>> gradloom.tensor([[1.0, 2.0]]).shape
        gradloom.Size([1, 2])
    """
    return finish(_from_data(data, dtype), requires_grad, device)


def as_tensor(data: Any, dtype: DType | None = None, device: Where = None) -> Tensor:
    """`data` as a tensor, shared where it already is an array or a tensor of that dtype."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtype.numpy):
        return from_numpy(data)
    return finish(_from_data(data, dtype), device=device)


def from_numpy(ndarray: Array) -> Tensor:
    """A tensor over the memory of `ndarray`: writing to one changes the other."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.of_array(ndarray)
    return wrap(ndarray)


def zeros(
    *sizes: Any,
    size: Sequence[int] | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros of this size."""
    return finish(
        np.zeros(shape_of(sizes if size is None else (size,)), _numpy(dtype)), requires_grad, device
    )


def ones(
    *sizes: Any,
    size: Sequence[int] | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones of this size."""
    return finish(np.ones(shape_of(sizes if size is None else (size,)), _numpy(dtype)), requires_grad, device)


def empty(
    *sizes: Any,
    size: Sequence[int] | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of this size with whatever was in memory."""
    return finish(
        np.empty(shape_of(sizes if size is None else (size,)), _numpy(dtype)), requires_grad, device
    )


def full(
    size: Sequence[int],
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of this size with `fill_value` everywhere, of the dtype that value has."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = (dtype or dtypes.of_number(value)).numpy
    return finish(np.full(shape_of((size,)), value, kind), requires_grad, device)


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """`start`, `start + step`, ... up to, but without, `end`; int64 if all of them are integers."""
    first, last = (0, start) if end is None else (start, end)
    first, last, step = (each.item() if isinstance(each, Tensor) else each for each in (first, last, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (last - first) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    integral = all(isinstance(each, (int, np.integer)) for each in (first, last, step))
    kind = dtype or (dtypes.int64 if integral else dtypes.get_default_dtype())
    count = int(np.ceil((last - first) / step))
    steps = np.arange(count, dtype=np.int64 if integral else np.float64)
    return finish((first + steps * step).astype(kind.numpy), requires_grad, device)


def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` numbers at equal distances from `start` to `end`, both included."""
    return finish(np.linspace(start, end, steps).astype(_numpy(dtype)), requires_grad, device)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """The identity matrix, n by n or n by m."""
    return finish(np.eye(n, m, dtype=_numpy(dtype)), requires_grad, device)


def zeros_like(
    input: Tensor, *, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Tensor:
    """Zeros in the shape and dtype of `input`."""
    return finish(np.zeros(input.array.shape, (dtype or input.dtype).numpy), requires_grad, device)


def ones_like(
    input: Tensor, *, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Tensor:
    """Ones in the shape and dtype of `input`."""
    return finish(np.ones(input.array.shape, (dtype or input.dtype).numpy), requires_grad, device)


def empty_like(
    input: Tensor, *, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Tensor:
    """Whatever was in memory, in the shape and dtype of `input`."""
    return finish(np.empty(input.array.shape, (dtype or input.dtype).numpy), requires_grad, device)


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """`fill_value` everywhere, in the shape and dtype of `input`."""
    return full(
        input.array.shape,
        fill_value,
        dtype=dtype or input.dtype,
        device=device,
        requires_grad=requires_grad,
    )


def _as_new(input: Tensor, dtype: DType | None, device: Where) -> dict[str, Any]:
    return {"dtype": dtype or input.dtype, "device": device}


def new_zeros(
    self: Tensor, *size: Any, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Tensor:
    """Zeros of this size in the dtype of this tensor."""
    return zeros(*size, requires_grad=requires_grad, **_as_new(self, dtype, device))


def new_ones(
    self: Tensor, *size: Any, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Tensor:
    """Ones of this size in the dtype of this tensor."""
    return ones(*size, requires_grad=requires_grad, **_as_new(self, dtype, device))


def new_empty(
    self: Tensor, *size: Any, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of this size in the dtype of this tensor, with whatever was in memory."""
    return empty(*size, requires_grad=requires_grad, **_as_new(self, dtype, device))


def new_full(
    self: Tensor,
    size: Sequence[int],
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of this size in the dtype of this tensor, with `fill_value` everywhere."""
    return full(size, fill_value, requires_grad=requires_grad, **_as_new(self, dtype, device))


def new_tensor(
    self: Tensor, data: Any, *, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Tensor:
    """A copy of `data` in the dtype of this tensor."""
    return tensor(data, requires_grad=requires_grad, **_as_new(self, dtype, device))


for _method in (new_zeros, new_ones, new_empty, new_full, new_tensor):
    Tensor.bind(_method.__name__, _method)
