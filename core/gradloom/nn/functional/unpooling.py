"""The way back from pooling and from windows: values returned to where they came from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradloom.creation import zeros
from gradloom.kernels.windows import Geometry, Sizes
from gradloom.nn.functional.sizes import Size, spread
from gradloom.ops.layers import folding as ops
from gradloom.ops.op import raw
from gradloom.tensor import Tensor


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """What `max_pool1d` kept, back where `indices` say that it was; see `max_unpool2d`."""
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """What `max_pool2d` kept, back where `indices` say that it was, zeros elsewhere.

    Shapes: (n, c, h, w) or (c, h, w). `output_size` decides between sizes that pool to the same one.
    """
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """What `max_pool3d` kept, back where `indices` say that it was; see `max_unpool2d`."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)


def unfold(
    input: Tensor, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
) -> Tensor:
    """Every window of an image as a column.

    Shapes: (n, c, h, w) or (c, h, w) -> (n, c * kh * kw, windows).
    """
    geometry = _geometry(kernel_size, dilation, padding, stride)
    if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions "
            f"for input, but got: {list(input.shape)}"
        )
    size = tuple(input.shape[-2:])
    found = geometry.output_size(size)
    if min(found) < 1:
        raise RuntimeError(
            f"Given input with spatial size {size}, {_shown(geometry)}, calculated shape of the array of "
            f"sliding blocks as {_pair(found)}, but its components must be at least one."
        )
    batch = input if input.ndim == 4 else input.unsqueeze(0)
    out = ops.unfold_windows(batch, geometry)
    return out if input.ndim == 4 else out.squeeze(0)


def fold(
    input: Tensor,
    output_size: Size,
    kernel_size: Size,
    dilation: Size = 1,
    padding: Size = 0,
    stride: Size = 1,
) -> Tensor:
    """The transpose of `unfold`: every column added to its window of images of `output_size`.

    Shapes: (n, c * kh * kw, windows) or without n -> (n, c, *output_size).
    """
    geometry = _geometry(kernel_size, dilation, padding, stride)
    size = spread(output_size, 2)
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
            f"dimensions for input, but got: {list(input.shape)}"
        )
    if input.shape[-2] % math.prod(geometry.kernel):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={input.shape[-2]} and kernel_size={_pair(geometry.kernel)}."
        )
    found = geometry.output_size(size)
    if math.prod(found) != input.shape[-1] or min(found) < 1:
        raise RuntimeError(
            f"Given output_size={_pair(size)}, {_shown(geometry)}, stride={_pair(geometry.stride)}, expected "
            f"size of input's dimension 2 to match the calculated number of sliding blocks {found[0]} * "
            f"{found[1]} = {math.prod(found)}, but got input.size(2)={input.shape[-1]}."
        )
    batch = input if input.ndim == 3 else input.unsqueeze(0)
    out = ops.fold_windows(batch, size, geometry)
    return out if input.ndim == 3 else out.squeeze(0)


def _unpool(
    spatial: int,
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    output_size: Sequence[int] | None,
) -> Tensor:
    kernel, sides = spread(kernel_size, spatial), spread(padding, spatial)
    step = kernel if stride is None else spread(stride, spatial)
    size = _unpooled_size(tuple(input.shape[-spatial:]), kernel, step, sides, output_size)
    if tuple(indices.shape) != tuple(input.shape):
        ones = [1] * (spatial == 1)
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({[*input.shape, *ones]}) but "
            f"got indices tensor with shape: {[*indices.shape, *ones]}"
        )
    lead = tuple(input.shape[:-spatial])
    places = math.prod(size)
    numbers = raw(indices)
    outside = numbers[(numbers < 0) | (numbers >= places)]
    if outside.size:
        shown = "x".join(map(str, size if spatial > 1 else (*size, 1)))
        raise RuntimeError(f"Found an invalid max index: {outside[0]} (output volumes are of size {shown}")
    count = int(np.prod(input.shape[-spatial:]))
    flat = zeros(*lead, places, dtype=input.dtype)
    spread_out: Tensor = flat.scatter(-1, indices.reshape(*lead, count), input.reshape(*lead, count))
    return spread_out.reshape(*lead, *size)


def _unpooled_size(
    found: Sizes, kernel: Sizes, step: Sizes, sides: Sizes, output_size: Sequence[int] | None
) -> Sizes:
    usual = tuple(
        [
            (length - 1) * stride + window - 2 * side
            for length, stride, window, side in zip(found, step, kernel, sides, strict=True)
        ]
    )
    if output_size is None:
        return usual
    count = len(kernel)
    asked = tuple(output_size[2:] if len(output_size) == count + 2 else output_size)
    if len(asked) != count:
        raise ValueError(
            f"output_size should be a sequence containing {count} or {count + 2} elements, but it has a "
            f"length of '{len(output_size)}'"
        )
    for dim, (length, stride, wanted) in enumerate(zip(usual, step, asked, strict=True)):
        if not length - stride < wanted < length + stride:
            raise ValueError(
                f'invalid output_size "{list(asked)}" (dim {dim} must be between {length - stride} and '
                f"{length + stride})"
            )
    return asked


def _geometry(kernel_size: Size, dilation: Size, padding: Size, stride: Size) -> Geometry:
    kernel, apart, sides, step = (spread(each, 2) for each in (kernel_size, dilation, padding, stride))
    for what, key, numbers in (
        ("kernel size", "kernel", kernel),
        ("dilation", "dilation", apart),
        ("stride", "stride", step),
    ):
        if min(numbers) < 1:
            raise RuntimeError(
                f"{what} should be greater than zero, but got {key}_height: {numbers[0]} "
                f"{key}_width: {numbers[1]}"
            )
    if min(sides) < 0:
        raise RuntimeError(
            f"padding should be non-negative, but got pad_height: {sides[0]} pad_width: {sides[1]}"
        )
    return Geometry(kernel, step, tuple([(side, side) for side in sides]), apart)


def _pair(numbers: Sizes) -> str:
    return f"({numbers[0]}, {numbers[1]})"


def _shown(geometry: Geometry) -> str:
    sides = tuple([before for before, _ in geometry.padding])
    return (
        f"kernel_size={_pair(geometry.kernel)}, dilation={_pair(geometry.dilation)}, padding={_pair(sides)}"
    )
