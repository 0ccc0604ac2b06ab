"""Convolutional layers."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from gradloom.creation import Where, empty
from gradloom.dtypes import dtype as DType
from gradloom.nn import functional as F
from gradloom.nn.functional.sizes import same_padding, spread
from gradloom.nn.linear import init_uniform_by_fan_in
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
Padding = int | tuple[int, ...] | Literal["valid", "same"]

_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolutions share: checks, weights, and how they show themselves."""

    spatial: ClassVar[int]
    transposed = False

    weight: Parameter
    bias: Parameter | None
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    output_padding: tuple[int, ...]

    def _set_up(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...],
        padding: int | tuple[int, ...] | str,
        output_padding: int | tuple[int, ...],
        dilation: int | tuple[int, ...],
        groups: int,
        padding_mode: str,
    ) -> None:
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = spread(kernel_size, self.spatial)
        self.stride = spread(stride, self.spatial)
        self.padding = padding if isinstance(padding, str) else spread(padding, self.spatial)
        self.dilation = spread(dilation, self.spatial)
        self.output_padding = spread(output_padding, self.spatial)
        self.groups = groups
        self.padding_mode = padding_mode
        self._check()

    def _check(self) -> None:
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        if self.in_channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        if self.out_channels % self.groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise ValueError(
                    f"Invalid padding string {self.padding!r}, should be one of {{'valid', 'same'}}"
                )
            if self.padding == "same" and any(step != 1 for step in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in _MODES:
            raise ValueError(
                f"padding_mode must be one of {set(_MODES)}, but got padding_mode='{self.padding_mode}'"
            )

    def weight_shape(self) -> tuple[int, ...]:
        """The shape of the weights, by the channels of input and result."""
        rows, columns = self.out_channels, self.in_channels
        if self.transposed:
            rows, columns = columns, rows
        return (rows, columns // self.groups, *self.kernel_size)

    def _make_parameters(self, bias: bool, device: Where, dtype: DType | None) -> None:
        self.weight = Parameter(empty(*self.weight_shape(), device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(self.out_channels, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and bias uniformly within 1 / sqrt(values in a window)."""
        init_uniform_by_fan_in(self.weight, self.bias)

    def extra_repr(self) -> str:
        plain = (0,) * self.spatial
        parts = [
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        ]
        if self.padding != plain:
            parts.append(f"padding={self.padding}")
        if self.dilation != (1,) * self.spatial:
            parts.append(f"dilation={self.dilation}")
        if self.output_padding != plain:
            parts.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            parts.append(f"groups={self.groups}")
        if self.bias is None:
            parts.append("bias=False")
        if self.padding_mode != "zeros":
            parts.append(f"padding_mode={self.padding_mode}")
        return ", ".join(parts)


class _Forward(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: Padding = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: PaddingMode = "zeros",
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self._set_up(
            in_channels, out_channels, kernel_size, stride, padding, 0, dilation, groups, padding_mode
        )
        self._make_parameters(bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        convolve: Any = (F.conv1d, F.conv2d, F.conv3d)[self.spatial - 1]
        padding: Any = self.padding
        padded = input
        if self.padding_mode != "zeros":
            padded, padding = F.pad(input, self._sides(), self.padding_mode), 0
        out: Tensor = convolve(
            padded, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )
        return out

    def _sides(self) -> list[int]:
        """The padding as `pad` wants it: before and after, the last dimension first."""
        if self.padding == "valid":
            return [0, 0] * self.spatial
        if isinstance(self.padding, str):
            sides = same_padding(self.kernel_size, self.dilation)
        else:
            sides = tuple([(side, side) for side in self.padding])
        return [each for pair in reversed(sides) for each in pair]


class Conv1d(_Forward):
    """Slides small learned filters along a sequence; each gives one channel of the result.

    Shapes: (n, in_channels, length) -> (n, out_channels, length').

    Args:
        in_channels: channels of the input, > 0.
        out_channels: how many filters, and so channels of the result, > 0.
        kernel_size: length of the filters, > 0.
        stride: how far a filter moves each time, > 0.
        padding: zeros at each end, "valid" for none, or "same" to keep the length, >= 0.
        dilation: distance between the values that a filter looks at, > 0.
        groups: into how many independent parts the channels are split, > 0.
        bias: whether a learned number is added to each channel.
        padding_mode: what stands at the ends.
    """

    spatial = 1


class Conv2d(_Forward):
    """Slides small learned filters over an image; each gives one channel of the result.

    Shapes: (n, in_channels, h, w) -> (n, out_channels, h', w').

    Args:
        in_channels: channels of the input, > 0.
        out_channels: how many filters, and so channels of the result, > 0.
        kernel_size: height and width of the filters, > 0.
        stride: how far a filter moves each time, > 0.
        padding: zeros around the image on each side, "valid" for none, or "same" to keep the size, >= 0.
        dilation: distance between the values that a filter looks at, > 0.
        groups: into how many independent parts the channels are split, > 0.
        bias: whether a learned number is added to each channel.
        padding_mode: what stands around the image.
    """

    spatial = 2


class Conv3d(_Forward):
    """Slides small learned filters through a volume or video; each gives one channel of the result.

    Shapes: (n, in_channels, d, h, w) -> (n, out_channels, d', h', w').

    Args:
        in_channels: channels of the input, > 0.
        out_channels: how many filters, and so channels of the result, > 0.
        kernel_size: depth, height and width of the filters, > 0.
        stride: how far a filter moves each time, > 0.
        padding: zeros around the volume on each side, "valid" for none, or "same" to keep the size, >= 0.
        dilation: distance between the values that a filter looks at, > 0.
        groups: into how many independent parts the channels are split, > 0.
        bias: whether a learned number is added to each channel.
        padding_mode: what stands around the volume.
    """

    spatial = 3


class _Transposed(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: int | tuple[int, ...] = 0,
        output_padding: int | tuple[int, ...] = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | tuple[int, ...] = 1,
        padding_mode: Literal["zeros"] = "zeros",
        device: Where = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        self._set_up(
            in_channels, out_channels, kernel_size, stride, padding, output_padding, dilation, groups, "zeros"
        )
        self._make_parameters(bias, device, dtype)

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """`output_size` decides between sizes from which a convolution would give the input's."""
        transpose: Any = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[self.spatial - 1]
        extra = self.output_padding if output_size is None else self._output_padding(input, output_size)
        out: Tensor = transpose(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )
        return out

    def _output_padding(self, input: Tensor, output_size: list[int]) -> tuple[int, ...]:
        spatial = self.spatial
        before = tuple(input.shape[-spatial:])
        batched = input.ndim == spatial + 2
        asked = list(output_size)
        if len(asked) == (spatial + 2 if batched else spatial + 1):
            asked = asked[-spatial:]
        if len(asked) != spatial:
            raise ValueError(
                f"ConvTranspose{spatial}D: for {input.ndim}D input, output_size must have {spatial} or "
                f"{input.ndim} elements (got {len(output_size)})"
            )
        sides = spread(self.padding, spatial) if not isinstance(self.padding, str) else (0,) * spatial
        least = [
            (length - 1) * step - 2 * side + apart * (size - 1) + 1
            for length, step, side, apart, size in zip(
                before, self.stride, sides, self.dilation, self.kernel_size, strict=True
            )
        ]
        most = [low + step - 1 for low, step in zip(least, self.stride, strict=True)]
        if any(not low <= size <= high for low, size, high in zip(least, asked, most, strict=True)):
            raise ValueError(
                f"requested an output size of {asked}, but valid sizes range from {least} to {most} (for an "
                f"input of {input.shape[2:]})"
            )
        return tuple([size - low for size, low in zip(asked, least, strict=True)])


class ConvTranspose1d(_Transposed):
    """Makes a sequence longer: each value of the input adds a learned stretch, as a convolution in reverse.

    Shapes: (n, in_channels, length) -> (n, out_channels, length').

    Args:
        in_channels: channels of the input, > 0.
        out_channels: channels of the result, > 0.
        kernel_size: length of the stretches, > 0.
        stride: distance between neighbouring stretches, > 0.
        padding: how much is cut off at each end of the result, >= 0.
        output_padding: values added at the end of the result, >= 0.
        groups: into how many independent parts the channels are split, > 0.
        bias: whether a learned number is added to each channel.
        dilation: distance between the values of a stretch, > 0.
        padding_mode: only zeros.
    """

    spatial = 1


class ConvTranspose2d(_Transposed):
    """Makes an image larger: each value of the input paints a learned patch, as a convolution in reverse.

    Shapes: (n, in_channels, h, w) -> (n, out_channels, h', w').

    Args:
        in_channels: channels of the input, > 0.
        out_channels: channels of the result, > 0.
        kernel_size: height and width of the patches, > 0.
        stride: distance between neighbouring patches, > 0.
        padding: how much is cut off around the result, >= 0.
        output_padding: rows and columns added at the end of the result, >= 0.
        groups: into how many independent parts the channels are split, > 0.
        bias: whether a learned number is added to each channel.
        dilation: distance between the values of a patch, > 0.
        padding_mode: only zeros.
    """

    spatial = 2


class ConvTranspose3d(_Transposed):
    """Makes a volume larger: each value of the input adds a learned block, as a convolution in reverse.

    Shapes: (n, in_channels, d, h, w) -> (n, out_channels, d', h', w').

    Args:
        in_channels: channels of the input, > 0.
        out_channels: channels of the result, > 0.
        kernel_size: depth, height and width of the blocks, > 0.
        stride: distance between neighbouring blocks, > 0.
        padding: how much is cut off around the result, >= 0.
        output_padding: planes, rows and columns added at the end of the result, >= 0.
        groups: into how many independent parts the channels are split, > 0.
        bias: whether a learned number is added to each channel.
        dilation: distance between the values of a block, > 0.
        padding_mode: only zeros.
    """

    spatial = 3
