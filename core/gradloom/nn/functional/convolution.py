"""Convolutions as functions."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from gradloom import dtypes
from gradloom.kernels.windows import Geometry, Sizes
from gradloom.nn.functional.sizes import Size, hashable, in_a_batch, same_padding, spread
from gradloom.ops.layers import convolution as ops
from gradloom.ops.movement.joining import constant_pad
from gradloom.ops.op import raw
from gradloom.tensor import Tensor

_C_NAMES = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float",
    "float64": "double", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """The cross-correlation of sequences with weights, plus a bias; see `conv2d`.

    Shapes: input (n, c, length) or (c, length), weight (o, c / groups, k), bias (o).
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """The cross-correlation of images with weights, plus a bias.

    Shapes: input (n, c, h, w) or (c, h, w), weight (o, c / groups, kh, kw), bias (o).
    `padding` is a number of zeros on each side, "valid" (none) or "same" (so many that the size stays).

    Raises:
        RuntimeError: the shapes or dtypes do not fit each other.
    """
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """The cross-correlation of volumes with weights, plus a bias; see `conv2d`.

    Shapes: input (n, c, d, h, w) or (c, d, h, w), weight (o, c / groups, kd, kh, kw), bias (o).
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """The transpose of `conv1d`; see `conv_transpose2d`.

    Shapes: input (n, c, length) or (c, length), weight (c, o / groups, k), bias (o).
    """
    return _transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """The transpose of `conv2d`: each input position adds its window to the output.

    Shapes: input (n, c, h, w) or (c, h, w), weight (c, o / groups, kh, kw), bias (o).

    Raises:
        RuntimeError: the shapes do not fit each other, or nothing would be left.
    """
    return _transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """The transpose of `conv3d`; see `conv_transpose2d`.

    Shapes: input (n, c, d, h, w) or (c, d, h, w), weight (c, o / groups, kd, kh, kw), bias (o).
    """
    return _transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _convolve(
    spatial: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Size,
    padding: Size | str,
    dilation: Size,
    groups: int,
) -> Tensor:
    name = f"conv{spatial}d"
    _check_ranks(name, spatial, input, weight)
    _check_dtypes(input, weight, bias)
    given = (hashable(each) for each in (stride, padding, dilation))
    geometry = _geometry(tuple(weight.shape[2:]), *given, groups)
    batch, alone = in_a_batch(input, spatial)
    out = ops.convolution(batch, weight, bias, geometry, groups)
    return out.squeeze(0) if alone else out


def _transpose(
    spatial: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Size,
    padding: Size,
    output_padding: Size,
    groups: int,
    dilation: Size,
) -> Tensor:
    _check_ranks(f"conv_transpose{spatial}d", spatial, input, weight)
    _check_dtypes(input, weight, bias)
    given = (hashable(each) for each in (stride, padding, dilation))
    geometry = _geometry(tuple(weight.shape[2:]), *given, groups)
    extra = _numbers("output_padding", output_padding, spatial)
    batch, alone = in_a_batch(input, spatial)
    size = _transposed_size(batch, weight, bias, geometry, extra, groups)
    empty = (0,) * spatial
    if any(more >= step for more, step in zip(extra, geometry.stride, strict=True)):
        geometry, empty = _without_extra(geometry, extra)
    reached = tuple([length - more for length, more in zip(size, empty, strict=True)])
    if reached == size:
        out: Any = ops.convolution_input(batch, weight, bias, size, geometry, groups)
    else:
        out = ops.convolution_input(batch, weight, None, reached, geometry, groups)
        out = constant_pad(out, [each for more in reversed(empty) for each in (0, more)])
        if bias is not None:
            out = out + bias.reshape(-1, *(1,) * spatial)
    return out.squeeze(0) if alone else out


def _without_extra(geometry: Geometry, extra: Sizes) -> tuple[Geometry, Sizes]:
    """Output padding as so much less padding behind, and what it adds beyond the reach of all windows.

    A convolution over a result with room for one more window would have too many positions.
    """
    sides = tuple(
        [
            (before, max(after - more, 0))
            for (before, after), more in zip(geometry.padding, extra, strict=True)
        ]
    )
    empty = [max(more - after, 0) for (_, after), more in zip(geometry.padding, extra, strict=True)]
    return Geometry(geometry.kernel, geometry.stride, sides, geometry.dilation), tuple(empty)


def _transposed_size(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: Geometry,
    extra: Sizes,
    groups: int,
) -> Sizes:
    """The size of a transposed convolution's result, once everything fits; RuntimeError where it does not."""
    given = f"Given transposed=1, weight of size {list(weight.shape)}, expected"
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got "
            f"weight of size [{list(weight.shape)}] instead"
        )
    if input.shape[1] != weight.shape[0]:
        raise RuntimeError(
            f"{given} input{list(input.shape)} to have {weight.shape[0]} channels, but got "
            f"{input.shape[1]} channels instead"
        )
    if bias is not None and tuple(bias.shape) != (weight.shape[1] * groups,):
        raise RuntimeError(
            f"{given} bias to be 1-dimensional with {weight.shape[1] * groups} elements, but got bias of "
            f"size {list(bias.shape)} instead"
        )
    _check_output_padding(geometry, extra)
    before = input.shape[2:]
    size = tuple(
        [
            (length - 1) * step - sum(sides) + extent + more
            for length, step, sides, extent, more in zip(
                before, geometry.stride, geometry.padding, geometry.extent, extra, strict=True
            )
        ]
    )
    if min(size) < 1:
        shown = " x ".join(map(str, before)), " x ".join(map(str, size))
        raise RuntimeError(
            f"Given input size per channel: ({shown[0]}). Calculated output size per channel: ({shown[1]}). "
            "Output size is too small"
        )
    return size


def _check_output_padding(geometry: Geometry, extra: Sizes) -> None:
    if min(extra) < 0:
        raise RuntimeError("negative output_padding is not supported")
    limits = map(max, geometry.stride, geometry.dilation)
    if any(more >= limit for more, limit in zip(extra, limits, strict=True)):
        sides = ("depth", "height", "width")[-max(len(extra), 2) :]
        wanted = {"output_padding": extra, "stride": geometry.stride, "dilation": geometry.dilation}
        shown = [
            f"{name}_{side}: {number}"
            for name, numbers in wanted.items()
            for side, number in zip(sides[-len(numbers) :], numbers, strict=True)
        ]
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got {' '.join(shown)}"
        )


def _numbers(name: str, size: Size, spatial: int) -> Sizes:
    numbers = size if isinstance(size, int) else list(size)
    return spread(
        size,
        spatial,
        f"expected {name} to be a single integer value or a list of {spatial} values to match the "
        f"convolution dimensions, but got {name}={numbers}",
    )


@lru_cache(maxsize=256)
def _geometry(kernel: Sizes, stride: Size, padding: Size | str, dilation: Size, groups: int) -> Geometry:
    spatial = len(kernel)
    steps, apart = _numbers("stride", stride, spatial), _numbers("dilation", dilation, spatial)
    if groups < 1:
        raise RuntimeError("non-positive groups is not supported")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        if padding == "same" and max(steps) > 1:
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        sides = same_padding(kernel, apart) if padding == "same" else ((0, 0),) * spatial
    else:
        sides = tuple([(side, side) for side in _numbers("padding", padding, spatial)])
    if min(map(min, sides)) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(steps) < 1:
        raise RuntimeError("non-positive stride is not supported")
    if min(apart) < 1:
        shown = "" if min(apart) < 0 else f", but got {list(apart)}"
        raise RuntimeError(f"dilation should be greater than zero{shown}")
    return Geometry(kernel, steps, sides, apart)


def _check_ranks(name: str, spatial: int, input: Tensor, weight: Tensor) -> None:
    if input.ndim not in (spatial + 1, spatial + 2):
        raise RuntimeError(
            f"Expected {spatial + 1}D (unbatched) or {spatial + 2}D (batched) input to {name}, "
            f"but got input of size: {list(input.shape)}"
        )
    if weight.ndim != spatial + 2:
        if weight.ndim < 3:
            raise RuntimeError("weight should have at least three dimensions")
        shape = list(input.shape) if input.ndim == spatial + 2 else [1, *input.shape]
        raise RuntimeError(
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight"
            f"{list(weight.shape)}, but got {len(shape)}-dimensional input of size {shape} instead"
        )


def _check_dtypes(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    found = raw(input).dtype
    if bias is not None and raw(bias).dtype != found:
        names = _C_NAMES[found.name], _C_NAMES[raw(bias).dtype.name]
        raise RuntimeError(f"Input type ({names[0]}) and bias type ({names[1]}) should be the same")
    if raw(weight).dtype != found:
        legacy = dtypes.legacy_name(found), dtypes.legacy_name(raw(weight).dtype)
        raise RuntimeError(f"expected scalar type {legacy[0]} but found {legacy[1]}")
