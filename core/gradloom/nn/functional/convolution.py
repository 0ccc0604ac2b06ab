"""Convolutions as functions."""

from __future__ import annotations

from typing import Any

from gradloom.kernels.windows import Geometry, Pair
from gradloom.nn.functional.sizes import PairSize, pair, same_padding, single
from gradloom.ops import convolution as ops
from gradloom.tensor import Tensor


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: PairSize = 1,
    padding: PairSize | str = 0,
    dilation: PairSize = 1,
    groups: int = 1,
) -> Tensor:
    """The cross-correlation of images with weights, plus a bias.

    Shapes: input (n, c, h, w) or (c, h, w), weight (o, c / groups, kh, kw), bias (o).
    `padding` is a number of zeros on each side, "valid" (none) or "same" (so many that the size stays).

    Raises:
        RuntimeError: the shapes do not fit each other.
    """
    if weight.ndim != 4 or input.ndim not in (3, 4):
        raise RuntimeError(
            "Expected 3D (unbatched) or 4D (batched) input to conv2d, "
            f"but got input of size: {list(input.shape)}"
        )
    kernel = (weight.shape[2], weight.shape[3])
    geometry = _geometry(kernel, pair(stride), padding, pair(dilation))
    if input.ndim == 3:
        return ops.convolution(input.unsqueeze(0), weight, bias, geometry, groups).squeeze(0)
    return ops.convolution(input, weight, bias, geometry, groups)


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | tuple[int] = 1,
    padding: int | tuple[int] | str = 0,
    dilation: int | tuple[int] = 1,
    groups: int = 1,
) -> Tensor:
    """`conv2d` along one dimension.

    Shapes: input (n, c, length) or (c, length), weight (o, c / groups, k), bias (o).
    """
    if weight.ndim != 3 or input.ndim not in (2, 3):
        raise RuntimeError(
            "Expected 2D (unbatched) or 3D (batched) input to conv1d, "
            f"but got input of size: {list(input.shape)}"
        )
    sides = padding if isinstance(padding, str) else (0, single(padding))
    return conv2d(
        input.unsqueeze(-2),
        weight.unsqueeze(2),
        bias,
        (1, single(stride)),
        sides,
        (1, single(dilation)),
        groups,
    ).squeeze(-2)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: PairSize = 1,
    padding: PairSize = 0,
    output_padding: PairSize = 0,
    groups: int = 1,
    dilation: PairSize = 1,
) -> Tensor:
    """The transpose of `conv2d`: each input position adds its window to the output.

    Shapes: input (n, c, h, w) or (c, h, w), weight (c, o / groups, kh, kw), bias (o).
    """
    if input.ndim == 3:
        batch = input.unsqueeze(0)
        return conv_transpose2d(
            batch, weight, bias, stride, padding, output_padding, groups, dilation
        ).squeeze(0)
    if input.ndim != 4 or weight.ndim != 4 or input.shape[1] != weight.shape[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(weight.shape)}, expected input{list(input.shape)} "
            f"to have {weight.shape[0]} channels"
        )
    geometry = _geometry((weight.shape[2], weight.shape[3]), pair(stride), padding, pair(dilation))
    size = [
        (length - 1) * step - sum(sides) + extent + extra
        for length, step, sides, extent, extra in zip(
            input.shape[2:],
            geometry.stride,
            geometry.padding,
            geometry.extent,
            pair(output_padding),
            strict=True,
        )
    ]
    out: Any = ops.convolution_input(input, weight, (size[0], size[1]), geometry, groups)
    return out if bias is None else out + bias.reshape(-1, 1, 1)


def _geometry(kernel: Pair, stride: Pair, padding: PairSize | str, dilation: Pair) -> Geometry:
    if padding == "same":
        if stride != (1, 1):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        return Geometry(kernel, stride, same_padding(kernel, dilation), dilation)
    if isinstance(padding, str):
        if padding != "valid":
            raise RuntimeError(f"Invalid padding string: '{padding}'; use 'valid' or 'same'")
        padding = 0
    rows, columns = pair(padding)
    if min(rows, columns) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(stride) < 1:
        raise RuntimeError("non-positive stride is not supported")
    return Geometry(kernel, stride, ((rows, rows), (columns, columns)), dilation)
