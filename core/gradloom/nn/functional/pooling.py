"""Pooling as functions: sliding windows reduced to one number each."""

from __future__ import annotations

import math
from functools import lru_cache
from operator import lt
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.kernels.windows import Geometry, Sizes, kept_if_small
from gradloom.nn.functional.sizes import Size, hashable, in_a_batch, spread
from gradloom.ops.layers import pooling as ops
from gradloom.ops.op import raw
from gradloom.tensor import Tensor

_COUNTS = {1: "one int", 2: "two ints", 3: "three ints"}


def max_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value in each window of a sequence; see `max_pool2d`.

    Shapes: (n, c, length) or (c, length).
    """
    if not return_indices:
        _check_sequence(input, kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value in each window of an image.

    Shapes: (n, c, h, w) or (c, h, w). `stride` is the window's size by default; `ceil_mode` keeps windows
    that stick out at the end. With `return_indices` also where in its image each value stands, rows joined.

    Raises:
        RuntimeError: the padding exceeds half a window, or nothing would be left.
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value in each window of a volume; see `max_pool2d`.

    Shapes: (n, c, d, h, w) or (c, d, h, w).
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d_with_indices(input: Tensor, *args: Any, **kwargs: Any) -> Any:
    """`max_pool1d` with `return_indices`."""
    return max_pool1d(input, *args, **{**kwargs, "return_indices": True})


def max_pool2d_with_indices(input: Tensor, *args: Any, **kwargs: Any) -> Any:
    """`max_pool2d` with `return_indices`."""
    return max_pool2d(input, *args, **{**kwargs, "return_indices": True})


def max_pool3d_with_indices(input: Tensor, *args: Any, **kwargs: Any) -> Any:
    """`max_pool3d` with `return_indices`."""
    return max_pool3d(input, *args, **{**kwargs, "return_indices": True})


def avg_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of a sequence. Shapes: (n, c, length) or (c, length)."""
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of an image, or its sum divided by `divisor_override`.

    Shapes: (n, c, h, w) or (c, h, w).
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of a volume; see `avg_pool2d`.

    Shapes: (n, c, d, h, w) or (c, d, h, w).
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of each window of a sequence; see `lp_pool2d`."""
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of each window of an image: (the sum of x ** norm_type) ** (1 / norm_type)."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of each window of a volume; see `lp_pool2d`."""
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def _max_pool(
    spatial: int,
    input: Tensor,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    name = f"max_pool{spatial}d"
    geometry = _geometry(name, spatial, input, kernel_size, stride, padding, dilation, ceil_mode)
    _check_dtype(name, input, "bool complex64 complex128")
    batch, alone = in_a_batch(input, spatial)
    if not return_indices:
        out = ops.max_pooling(batch, geometry)
        return out.squeeze(0) if alone else out
    both = ops.max_pooling_with_indices(batch, geometry)
    return tuple([each.squeeze(0) for each in both]) if alone else tuple(both)


def _avg_pool(
    spatial: int,
    input: Tensor,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: int | None,
) -> Tensor:
    name = f"avg_pool{spatial}d"
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    geometry = _geometry(name, spatial, input, kernel_size, stride, padding, 1, ceil_mode)
    _check_dtype(name, input, "bool uint8 int8 int16 int32 complex64 complex128")
    size = tuple(input.shape[-spatial:])
    over: Any = divisor
    if over is None:
        over = math.prod(geometry.kernel)
        if geometry.is_padded:
            sides = spread(padding, spatial)
            over = _counts(size, geometry, sides, count_include_pad, raw(input).dtype)
    batch, alone = in_a_batch(input, spatial)
    out: Tensor = ops.mean_pooling(batch, geometry, over)
    return out.squeeze(0) if alone else out


def _lp_pool(
    spatial: int, input: Any, norm_type: float, kernel_size: Size, stride: Size | None, ceil_mode: bool
) -> Tensor:
    if math.isinf(norm_type):
        sign = math.copysign(1, norm_type)
        signed = sign * input.abs()
        largest: Tensor = sign * _max_pool(spatial, signed, kernel_size, stride, 0, 1, ceil_mode, False)
        return largest
    mean: Any = _avg_pool(spatial, input**norm_type, kernel_size, stride, 0, ceil_mode, True, None)
    total = mean.sign() * mean.abs().relu() * math.prod(spread(kernel_size, spatial))
    norm: Tensor = total ** (1.0 / norm_type)
    return norm


def _geometry(
    name: str,
    spatial: int,
    input: Tensor,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
) -> Geometry:
    given = (hashable(each) for each in (kernel_size, stride, padding, dilation))
    geometry = _windows(name, spatial, *given)
    _check_input(name, spatial, input)
    size = tuple(input.shape[-spatial:])
    if name == "avg_pool3d" and any(map(lt, size, geometry.kernel)):
        whole, window = (
            " ".join(f"{mark}{side}: {each}" for side, each in zip("THW", sizes, strict=True))
            for mark, sizes in (("", size), ("k", geometry.kernel))
        )
        raise RuntimeError(f"input image ({whole}) smaller than kernel size ({window})")
    if ceil_mode:
        geometry = _with_last_window(size, geometry)
    found = geometry.output_size(size)
    if min(found) < 1:
        before, after = ("x".join(map(str, (*(1,) * (2 - spatial), *each))) for each in (size, found))
        channels = input.shape[-spatial - 1]
        raise RuntimeError(
            f"Given input size: ({channels}x{before}). Calculated output size: ({channels}x{after}). "
            "Output size is too small"
        )
    return geometry


@lru_cache(maxsize=256)
def _windows(
    name: str, spatial: int, kernel_size: Size, stride: Size | None, padding: Size, dilation: Size
) -> Geometry:
    count = _COUNTS[spatial]
    either = "be" if name == "avg_pool3d" else "either be"
    or_tuple = f"a single int, or a tuple of {count}"
    kernel = spread(kernel_size, spatial, f"{name}: kernel_size must {either} {or_tuple}")
    omitted = stride is None or (not isinstance(stride, int) and not len(stride))
    step = (
        kernel
        if omitted or stride is None
        else spread(stride, spatial, f"{name}: stride must {either} omitted, {or_tuple}")
    )
    sides = spread(padding, spatial, f"{name}: padding must {either} {or_tuple}")
    apart = spread(dilation, spatial, f"{name}: dilation must be either {or_tuple}")
    _check_windows(kernel, step, sides, apart)
    return Geometry(kernel, step, tuple([(side, side) for side in sides]), apart)


def _check_windows(kernel: Sizes, step: Sizes, sides: Sizes, apart: Sizes) -> None:
    if 0 in step:
        raise RuntimeError("stride should not be zero")
    if min(apart) < 1:
        named = " ".join(
            f"dilation{side}: {each}" for side, each in zip("TWH"[-len(apart) :], apart, strict=True)
        )
        raise RuntimeError(f"dilation should be greater than zero, but got {named}")
    for side, size, gap in zip(sides, kernel, apart, strict=True):
        if side < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {side}")
        if side > ((size - 1) * gap + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={side}, "
                f"kernel_size={size} and dilation={gap}"
            )


def _check_input(name: str, spatial: int, input: Tensor) -> None:
    shape = list(input.shape)
    if input.ndim not in (spatial + 1, spatial + 2):
        if spatial == 1:
            raise RuntimeError(
                f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' "
                f"(while checking arguments for {name})"
            )
        raise RuntimeError(
            f"non-empty {spatial + 1}D or {spatial + 2}D (batch mode) tensor expected for input"
        )
    lengths = shape if input.ndim == spatial + 1 else shape[1:]
    if 0 not in lengths:
        return
    if spatial == 3:
        function = "max_pool3d_with_indices_out_cpu_template" if name == "max_pool3d" else name
        raise RuntimeError(
            f"{function}(): Expected input's non-batch dimensions to have positive length, but input has a "
            f"shape of {shape} and non-batch dimension 0 has length zero!"
        )
    raise RuntimeError(
        f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{shape}"
    )


def _check_sequence(
    input: Tensor, kernel: Size, stride: Size | None, padding: Size, dilation: Size, ceil_mode: bool
) -> None:
    """What `max_pool1d` says where others have words in common."""
    shape = list(input.shape)
    if input.ndim not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got:{shape}"
        )

    def one(what: str, size: Size, types: str) -> int:
        if not isinstance(size, int) and len(size) != 1:
            raise RuntimeError(f"max_pool1d() {what} must be {types} of size 1 but got size {len(size)}")
        return spread(size, 1)[0]

    size = one("kernel_size", kernel, "an int, list of ints or tuple of ints")
    step = size
    if stride is not None and stride != ():
        step = one("stride", stride, "None, an int, list of ints, or tuple of ints")
    side = one("padding", padding, "an int, list of ints, or tuple of ints")
    apart = one("dilation", dilation, "an int, list of ints or tuple of ints")
    for what, number in (("kernel_size", size), ("stride", step), ("dilation", apart)):
        if number <= 0:
            raise RuntimeError(f"max_pool1d() {what} must be greater than zero, but got {number}")
    if side < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {side}")
    if side > size // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={side} and "
            f"kernel_size={size}"
        )
    geometry = Geometry((size,), (step,), ((side, side),), (apart,))
    if ceil_mode:
        geometry = _with_last_window(tuple(shape[-1:]), geometry)
    (found,) = geometry.output_size(tuple(shape[-1:]))
    if found < 1:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {found}")


def _check_dtype(name: str, input: Tensor, refused: str) -> None:
    found = raw(input).dtype
    if found != np.float32 and found.name in refused.split():
        raise NotImplementedError(f"\"{name}\" not implemented for '{dtypes.legacy_name(found)}'")


def _with_last_window(size: Sizes, geometry: Geometry) -> Geometry:
    """Padding enlarged behind for a last window that starts inside the image or its front padding."""
    enlarged = []
    for length, step, extent, (before, after) in zip(
        size, geometry.stride, geometry.extent, geometry.padding, strict=True
    ):
        count = math.ceil((length + before + after - extent) / step) + 1
        if (count - 1) * step >= length + before:
            count -= 1
        reach = (count - 1) * step + extent
        enlarged.append((before, max(after, reach - length - before)))
    return Geometry(geometry.kernel, geometry.stride, tuple(enlarged), geometry.dilation)


@kept_if_small
def _counts(size: Sizes, geometry: Geometry, padding: Sizes, count_include_pad: bool, dtype: Any) -> Array:
    """How many values each window's mean is over: never what `ceil_mode` added, the padding if asked for."""
    whole: Array = np.ones(())
    for axis, positions in enumerate(geometry.output_size(size)):
        first = 0 if count_include_pad else padding[axis]
        last = size[axis] + padding[axis] * (2 if count_include_pad else 1)
        starts = np.arange(positions) * geometry.stride[axis]
        ends = np.minimum(starts + geometry.kernel[axis], last)
        whole = whole[..., None] * (ends - np.maximum(starts, first))
    return whole.astype(dtype)
