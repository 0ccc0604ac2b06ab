"""New tensors: from data, filled, spaced, and like others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import numpy as np

from gradloom import dtypes
from gradloom.device import checked
from gradloom.device import device as Device
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.tensor import Tensor, wrap

Where = str | Device | None


class Place(TypedDict, total=False):
    """How a new tensor is to lie in memory: a matter of speed, accepted and not heeded, except for `out`."""

    out: Tensor | None
    layout: Any
    pin_memory: bool | None
    memory_format: Any
    names: Any


def finish(array: Array, requires_grad: bool = False, device: Where = None, **place: Unpack[Place]) -> Tensor:
    """A leaf over `array`, or `out` with its values.

    RuntimeError if it cannot require gradients or the device is not the CPU.
    """
    if device is not None:
        checked(device)
    if place:
        _check_place(place)
        if (out := place.get("out")) is not None:
            return _put(out, array)
    tensor = wrap(array)
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def _check_place(place: Place) -> None:
    unknown = place.keys() - Place.__annotations__.keys()
    if unknown:
        raise TypeError(f"got an unexpected keyword argument '{min(unknown)}'")


def _put(out: Tensor, array: Array) -> Tensor:
    """`out` with the values of `array`, resized if it has another shape."""
    values = array.astype(out.array.dtype, copy=False)
    if out.array.shape == array.shape:
        np.copyto(out.array, values)
    else:
        out.array = values
    out._counter[0] += 1
    return out


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
    data: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """A new tensor with a copy of `data`: numbers, nested sequences, or an array.

    Floats become the default dtype (float32), integers int64. ValueError if the nesting is ragged.

        >>> gradloom.tensor([[1.0, 2.0]]).shape
        gradloom.Size([1, 2])
    """
    return finish(_from_data(data, dtype), requires_grad, device, **place)


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
    **place: Unpack[Place],
) -> Tensor:
    """Zeros of this size."""
    return finish(
        np.zeros(shape_of(sizes if size is None else (size,)), _numpy(dtype)), requires_grad, device, **place
    )


def ones(
    *sizes: Any,
    size: Sequence[int] | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Ones of this size."""
    return finish(
        np.ones(shape_of(sizes if size is None else (size,)), _numpy(dtype)), requires_grad, device, **place
    )


def empty(
    *sizes: Any,
    size: Sequence[int] | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """A tensor of this size with whatever was in memory."""
    return finish(
        np.empty(shape_of(sizes if size is None else (size,)), _numpy(dtype)), requires_grad, device, **place
    )


def full(
    size: Sequence[int],
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """A tensor of this size with `fill_value` everywhere, of the dtype that value has."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = (dtype or dtypes.of_number(value)).numpy
    return finish(np.full(shape_of((size,)), value, kind), requires_grad, device, **place)


def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """`start`, `start + step`, ... up to, but without, `end`; int64 if all of them are integers."""
    first, last = (0, start) if end is None else (start or 0, end)
    if last is None:
        raise TypeError("arange() missing required argument 'end'")
    first, last, step = (each.item() if isinstance(each, Tensor) else each for each in (first, last, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (last - first) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    integral = all(isinstance(each, (int, np.integer)) for each in (first, last, step))
    kind = dtype or (dtypes.int64 if integral else dtypes.get_default_dtype())
    count = int(np.ceil((last - first) / step))
    steps = np.arange(count, dtype=np.int64 if integral else np.float64)
    return finish((first + steps * step).astype(kind.numpy), requires_grad, device, **place)


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor) else value


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """`steps` numbers at equal distances from `start` to `end`, both included."""
    spaced = np.linspace(_number(start), _number(end), steps).astype(_numpy(dtype))
    return finish(spaced, requires_grad, device, **place)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """`steps` powers of `base`, with exponents at equal distances from `start` to `end`."""
    powers = np.float64(base) ** np.linspace(_number(start), _number(end), steps)
    return finish(powers.astype(_numpy(dtype)), requires_grad, device, **place)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """The identity matrix, n by n or n by m."""
    return finish(np.eye(n, m, dtype=_numpy(dtype)), requires_grad, device, **place)


def scalar_tensor(
    s: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """A number as a tensor without dims, of the default dtype."""
    return finish(np.array(_number(s), _numpy(dtype)), requires_grad, device, **place)


def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Whatever was in memory, with these steps from one element to the next along each dim."""
    kind = np.dtype(_numpy(dtype))
    reach = 1 + sum((extent - 1) * step for extent, step in zip(size, stride, strict=True))
    memory = np.empty(max(reach, 0) if 0 not in size else 0, kind)
    strides = tuple(step * kind.itemsize for step in stride)
    return finish(np.ndarray(tuple(size), kind, memory.data, 0, strides), requires_grad, device, **place)


def frombuffer(
    buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A tensor over the memory of a buffer, such as bytes; ValueError if it holds no whole elements."""
    return finish(np.frombuffer(buffer, dtype.numpy, count, offset), requires_grad)


def asarray(
    obj: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`obj` as a tensor, shared where that is possible unless `copy` is set."""
    shared = tensor(obj, dtype=dtype) if copy else as_tensor(obj, dtype=dtype, device=device)
    if requires_grad and not shared.requires_grad:
        return shared.detach().requires_grad_()
    return shared


def zeros_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Zeros in the shape and dtype of `input`."""
    return finish(np.zeros(input.array.shape, (dtype or input.dtype).numpy), requires_grad, device, **place)


def ones_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Ones in the shape and dtype of `input`."""
    return finish(np.ones(input.array.shape, (dtype or input.dtype).numpy), requires_grad, device, **place)


def empty_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Whatever was in memory, in the shape and dtype of `input`."""
    return finish(np.empty(input.array.shape, (dtype or input.dtype).numpy), requires_grad, device, **place)


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """`fill_value` everywhere, in the shape and dtype of `input`."""
    return full(
        input.array.shape,
        fill_value,
        dtype=dtype or input.dtype,
        device=device,
        requires_grad=requires_grad,
        **place,
    )


def _as_new(input: Tensor, dtype: DType | None, device: Where) -> dict[str, Any]:
    return {"dtype": dtype or input.dtype, "device": device}


def new_zeros(
    self: Tensor,
    *size: Any,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Zeros of this size in the dtype of this tensor."""
    return zeros(*size, requires_grad=requires_grad, **_as_new(self, dtype, device), **place)


def new_ones(
    self: Tensor,
    *size: Any,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """Ones of this size in the dtype of this tensor."""
    return ones(*size, requires_grad=requires_grad, **_as_new(self, dtype, device), **place)


def new_empty(
    self: Tensor,
    *size: Any,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """A tensor of this size in the dtype of this tensor, with whatever was in memory."""
    return empty(*size, requires_grad=requires_grad, **_as_new(self, dtype, device), **place)


def new_full(
    self: Tensor,
    size: Sequence[int],
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """A tensor of this size in the dtype of this tensor, with `fill_value` everywhere."""
    return full(size, fill_value, requires_grad=requires_grad, **_as_new(self, dtype, device), **place)


def new_tensor(
    self: Tensor,
    data: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **place: Unpack[Place],
) -> Tensor:
    """A copy of `data` in the dtype of this tensor."""
    return tensor(data, requires_grad=requires_grad, **_as_new(self, dtype, device), **place)


for _method in (new_zeros, new_ones, new_empty, new_full, new_tensor):
    Tensor.bind(_method.__name__, _method)
