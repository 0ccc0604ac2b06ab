"""New tensors: filled, spaced, from shared memory, and like others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.device import checked
from gradloom.device import device as Device
from gradloom.dtypes import Array
from gradloom.dtypes import dtype as DType
from gradloom.literals import array_of
from gradloom.literals import from_numpy as from_numpy
from gradloom.ops.copying import fitting
from gradloom.tape import recording
from gradloom.tensor import Tensor, wrap

Where = str | Device | None


def finish(array: Array, requires_grad: bool = False, device: Where = None) -> Tensor:
    """A leaf over `array`; RuntimeError if it cannot require gradients or the device is not the CPU."""
    if device is not None:
        checked(device)
    tensor = wrap(array)
    if requires_grad:
        if not dtypes.is_differentiable(array):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        tensor.requires_grad = True
    return tensor


def creator(make: Callable[..., Array]) -> Callable[..., Tensor]:
    """A function that makes an array as one that makes a tensor, with the keywords that all of these have.

    They are `out`, `requires_grad` and `device`, and without any effect `layout`, `pin_memory`,
    `memory_format` and `names`.
    """

    @wraps(make)
    def create(
        *args: Any,
        out: Tensor | None = None,
        requires_grad: bool = False,
        device: Where = None,
        layout: Any = None,
        pin_memory: bool | None = None,
        memory_format: Any = None,
        names: Any = None,
        **kwargs: Any,
    ) -> Tensor:
        array = make(*args, **kwargs)
        if recording.recorder is not None:
            remake, key = partial(make, *args, **kwargs), (make, args, tuple(kwargs.items()))
            recording.recorder.did(remake, (), array, key, pure=False)
        made = finish(array, requires_grad, device)
        return made if out is None else out.receive(made, make.__name__)

    return create


def shape_of(size: tuple[Any, ...], name: str = "empty") -> tuple[int, ...]:
    """The shape from `zeros(2, 3)` or `zeros((2, 3))`, in errors of the function `name`.

    RuntimeError if a size is negative, TypeError if it is no integer.
    """
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    if any(isinstance(each, float) for each in size):
        raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not float")
    shape = tuple([int(each) for each in size])
    for each in shape:
        if each < 0:
            raise RuntimeError(
                "zeros: Dimension size must be non-negative."
                if name == "zeros"
                else f"Trying to create tensor with negative dimension {each}: {list(shape)}"
            )
    return shape


def _sized(sizes: tuple[Any, ...], size: Sequence[int] | None, name: str) -> tuple[int, ...]:
    if size is None and not sizes:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    return shape_of(sizes if size is None else (size,), name)


def _numpy(dtype: DType | None) -> Any:
    return (dtype or dtypes.get_default_dtype()).numpy


def tensor(
    data: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new tensor with a copy of `data`: numbers, nested sequences, or an array.

    Floats become the default dtype (float32), integers int64; what has a dtype keeps it. ValueError if the
    nesting is ragged.

        >>> gradloom.tensor([[1.0, 2.0]]).shape
        gradloom.Size([1, 2])
    """
    return finish(array_of(data, dtype), requires_grad, device)


def as_tensor(data: Any, dtype: DType | None = None, device: Where = None) -> Tensor:
    """`data` as a tensor, shared where it already is an array or a tensor of that dtype."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtype.numpy):
        return from_numpy(data)
    return finish(array_of(data, dtype), device=device)


def asarray(
    obj: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`obj`, also what exchanges memory by DLPack or as a buffer, as a tensor that shares it if it can.

    ValueError if it must not be copied (`copy` False) but has to be.
    """
    shared: Any = obj
    if not isinstance(obj, (Tensor, np.ndarray)) and hasattr(obj, "__dlpack__"):
        shared = from_dlpack(obj)
    elif isinstance(obj, (bytes, bytearray, memoryview)):
        shared = frombuffer(obj, dtype=dtype or dtypes.get_default_dtype())
    result = as_tensor(shared, dtype, device)
    own = shared if isinstance(shared, Tensor) else None
    apart = result is not own and not (
        isinstance(shared, np.ndarray) and np.may_share_memory(result.array, shared)
    )
    if copy is False and apart:
        raise ValueError("can't alias arbitrary sequence into a tensor without copying")
    if copy and not apart:
        result = result.clone()
    if not requires_grad:
        return result.detach() if result.requires_grad else result
    return result.detach().requires_grad_() if result is own else result.requires_grad_()


def frombuffer(
    buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A tensor over the memory of an object with the buffer protocol, from a byte offset on."""
    memory = np.frombuffer(buffer, np.uint8) if len(memoryview(buffer).cast("B")) else np.empty(0, np.uint8)
    length, width = memory.nbytes, dtype.itemsize
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} "
            "bytes) minus 1"
        )
    if count < 0:
        if (length - offset) % width:
            raise ValueError(
                f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple "
                f"of element size ({width})"
            )
        count = (length - offset) // width
    if offset + count * width > length:
        raise ValueError(
            f"requested buffer length ({count} * {width} bytes) after offset ({offset} bytes) must not be "
            f"greater than actual buffer length ({length} bytes)"
        )
    return finish(memory[offset : offset + count * width].view(dtype.numpy), requires_grad)


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor over the memory of another library's, by its `__dlpack__` method."""
    return from_numpy(np.from_dlpack(ext_tensor))


@creator
def zeros(*sizes: Any, size: Sequence[int] | None = None, dtype: DType | None = None) -> Array:
    """Zeros of this size."""
    return np.zeros(_sized(sizes, size, "zeros"), _numpy(dtype))


@creator
def ones(*sizes: Any, size: Sequence[int] | None = None, dtype: DType | None = None) -> Array:
    """Ones of this size."""
    return np.ones(_sized(sizes, size, "ones"), _numpy(dtype))


@creator
def empty(*sizes: Any, size: Sequence[int] | None = None, dtype: DType | None = None) -> Array:
    """A tensor of this size with whatever was in memory."""
    return np.empty(_sized(sizes, size, "empty"), _numpy(dtype))


@creator
def empty_strided(size: Sequence[int], stride: Sequence[int], *, dtype: DType | None = None) -> Array:
    """A tensor of this size whose elements lie `stride` apart, with whatever was in memory."""
    kind, sizes, steps = np.dtype(_numpy(dtype)), shape_of((tuple(size),)), tuple(stride)
    if len(sizes) != len(steps):
        raise RuntimeError("mismatch in length of strides and shape")
    reach = sum((count - 1) * step for count, step in zip(sizes, steps, strict=True))
    memory = np.empty(0 if 0 in sizes else reach + 1, kind)
    return np.ndarray(sizes, kind, memory, 0, [step * kind.itemsize for step in steps])


@creator
def empty_permuted(
    size: Sequence[int], physical_layout: Sequence[int], *, dtype: DType | None = None
) -> Array:
    """A tensor of this size whose dims lie in memory in another order, with whatever was in memory."""
    sizes, order = shape_of((tuple(size),)), [int(dim) for dim in physical_layout]
    if len(order) != len(sizes):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{len(sizes)} is not equal to len(physical_layout) = {len(order)}"
        )
    for dim in order:
        if not 0 <= dim < len(sizes):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(sizes) - 1}, but got {dim} at "
                f"index {order.index(dim)}).  NB: negative dims not currently supported; file an issue if "
                "you want it."
            )
    if len(set(order)) != len(order):
        raise RuntimeError("Duplicate dim not allowed")
    laid = np.empty([sizes[dim] for dim in order], _numpy(dtype))
    return laid.transpose(np.argsort(order))


@creator
def full(size: Sequence[int], fill_value: Any, *, dtype: DType | None = None) -> Array:
    """A tensor of this size with `fill_value` everywhere, of the dtype that value has."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = (dtype or dtypes.of_number(value)).numpy
    return np.full(shape_of((size,)), fitting(value, kind), kind)


@creator
def scalar_tensor(s: Any, *, dtype: DType | None = None) -> Array:
    """A 0-dim tensor of a number, of the default dtype unless said otherwise."""
    return np.asarray(s).astype(_numpy(dtype))


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, (Tensor, np.generic)) else value


@creator
def arange(start: Any = None, end: Any = None, step: Any = 1, *, dtype: DType | None = None) -> Array:
    """`start`, `start + step`, ... up to, but without, `end`; int64 if all of them are integers."""
    first, last = (0, start) if end is None else (0 if start is None else start, end)
    if last is None:
        raise TypeError("arange() missing required argument 'end'")
    first, last, step = map(_number, (first, last, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(first) and math.isfinite(last)):
        raise RuntimeError(f"unsupported range: {first:g} -> {last:g}")
    if (last - first) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    integral = all(isinstance(each, int) for each in (first, last, step))
    kind = dtype or (dtypes.int64 if integral else dtypes.get_default_dtype())
    if kind is dtypes.bool_:
        raise NotImplementedError("\"arange_cpu\" not implemented for 'Bool'")
    if kind is dtypes.int64:
        last, first, step = int(last), int(first), int(step)
        if step == 0:
            raise RuntimeError("step must be nonzero")
    count = math.ceil((last - first) / step)
    if kind.category == 1:
        first, step = int(first), int(step)
    steps = np.arange(count, dtype=np.int64 if kind.category == 1 else np.float64)
    scaled = steps if step == 1 else steps * step
    values: Array = (first + scaled if first else scaled).astype(kind.numpy, copy=False)
    return values


@creator
def range_(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: DType | None = None) -> Array:
    """`start`, `start + step`, ... up to and with `end`, of the default dtype unless said otherwise."""
    first, last = (0, _number(start)) if end is None else (_number(start), _number(end))
    count = math.floor((last - first) / _number(step)) + 1
    values: Array = (first + np.arange(count) * _number(step)).astype(_numpy(dtype))
    return values


def _spaced(start: Any, end: Any, steps: int, kind: Any) -> Any:
    """Numbers at equal distances, counted from the nearer end, so that both ends are met exactly."""
    first, last = _number(start), _number(end)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if kind.kind in "iu":
        first, last = int(first), int(last)
    step = (last - first) / (steps - 1) if steps > 1 else 0
    half = math.ceil(steps / 2)
    return np.concatenate([first + step * np.arange(half), last - step * np.arange(steps - half - 1, -1, -1)])


@creator
def linspace(start: Any, end: Any, steps: int, *, dtype: DType | None = None) -> Array:
    """`steps` numbers at equal distances from `start` to `end`, both included."""
    kind: Any = _spaced_type(start, end, dtype)
    values: Array = _spaced(start, end, steps, kind).astype(kind)
    return values


@creator
def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: DType | None = None) -> Array:
    """`base` to the power of `steps` numbers at equal distances from `start` to `end`, both included."""
    kind: Any = _spaced_type(start, end, dtype)
    wide = np.asarray(base, np.result_type(kind, np.float64))
    powers: Array = np.power(wide, _spaced(start, end, steps, kind)).astype(kind)
    return powers


def _spaced_type(start: Any, end: Any, dtype: DType | None) -> Any:
    if dtype is None and any(isinstance(_number(each), complex) for each in (start, end)):
        return dtypes.get_default_dtype().to_complex().numpy
    return np.dtype(_numpy(dtype))


@creator
def eye(n: int, m: int | None = None, *, dtype: DType | None = None) -> Array:
    """The identity matrix, n by n or n by m."""
    for name, size in (("n", n), ("m", 0 if m is None else m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return np.eye(n, m, dtype=_numpy(dtype))


def _triangle(row: int, col: int, offset: int, dtype: DType | None, pick: Callable[..., Any]) -> Array:
    for name, size in (("row", row), ("col", col)):
        if size < 0:
            raise RuntimeError(f"{name} must be non-negative, got{size}")
    return np.array(pick(row, offset, col)).astype((dtype or dtypes.int64).numpy)


@creator
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None = None) -> Array:
    """The places of the lower triangle of a matrix: rows in the first line, columns in the second."""
    return _triangle(row, col, offset, dtype, np.tril_indices)


@creator
def triu_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None = None) -> Array:
    """The places of the upper triangle of a matrix: rows in the first line, columns in the second."""
    return _triangle(row, col, offset, dtype, np.triu_indices)


def _kind_like(input: Tensor, dtype: DType | None) -> Any:
    return (dtype or input.dtype).numpy


@creator
def zeros_like(input: Tensor, *, dtype: DType | None = None) -> Array:
    """Zeros in the shape and dtype of `input`."""
    return np.zeros(input.array.shape, _kind_like(input, dtype))


@creator
def ones_like(input: Tensor, *, dtype: DType | None = None) -> Array:
    """Ones in the shape and dtype of `input`."""
    return np.ones(input.array.shape, _kind_like(input, dtype))


@creator
def empty_like(input: Tensor, *, dtype: DType | None = None) -> Array:
    """Whatever was in memory, in the shape and dtype of `input`."""
    return np.empty(input.array.shape, _kind_like(input, dtype))


@creator
def full_like(input: Tensor, fill_value: Any, *, dtype: DType | None = None) -> Array:
    """`fill_value` everywhere, in the shape and dtype of `input`."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = _kind_like(input, dtype)
    return np.full(input.array.shape, fitting(value, kind), kind)


def _as_new(make: Callable[..., Tensor], doc: str) -> None:
    """Bind `make` as a method whose results have the tensor's dtype unless said otherwise."""

    def method(self: Tensor, *args: Any, dtype: DType | None = None, **kwargs: Any) -> Tensor:
        return make(*args, dtype=dtype or self.dtype, **kwargs)

    method.__name__ = f"new_{make.__name__}"
    method.__doc__ = doc
    Tensor.bind(method.__name__, method)


_as_new(zeros, "Zeros of this size in the dtype of this tensor.")
_as_new(ones, "Ones of this size in the dtype of this tensor.")
_as_new(empty, "A tensor of this size in the dtype of this tensor, with whatever was in memory.")
_as_new(full, "A tensor of this size in the dtype of this tensor, with `fill_value` everywhere.")
_as_new(empty_strided, "A tensor of this size and these strides in the dtype of this tensor.")
_as_new(tensor, "A copy of `data` in the dtype of this tensor.")


def new(self: Tensor, *data: Any) -> Tensor:
    """A tensor of this dtype: of data, or of a size with whatever was in memory."""
    if len(data) == 1 and not isinstance(data[0], int):
        return tensor(data[0], dtype=self.dtype)
    return empty(data or (0,), dtype=self.dtype)


Tensor.bind("new", new)
