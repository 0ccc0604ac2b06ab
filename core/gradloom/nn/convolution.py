"""Convolutional layers."""

from __future__ import annotations

from typing import Literal

from gradloom.creation import empty
from gradloom.nn import functional as F
from gradloom.nn.functional.sizes import pair, same_padding, single
from gradloom.nn.linear import init_uniform_by_fan_in
from gradloom.nn.module import Module
from gradloom.nn.parameter import Parameter
from gradloom.tensor import Tensor

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class _Convolution(Module):
    """What convolutions of one and of two dimensions share: checks, weights, and how they show themselves."""

    weight: Parameter
    bias: Parameter | None
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    groups: int
    padding_mode: str
    output_padding: tuple[int, ...]

    def _set_up(self, bias: bool, transposed: bool = False) -> None:
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
        modes = ("zeros", "reflect", "replicate", "circular")
        if self.padding_mode not in modes:
            raise ValueError(
                f"padding_mode must be one of {set(modes)}, but got padding_mode='{self.padding_mode}'"
            )
        rows, columns = self.out_channels, self.in_channels
        if transposed:
            rows, columns = columns, rows
        self.weight = Parameter(empty(rows, columns // self.groups, *self.kernel_size))
        self.register_parameter("bias", Parameter(empty(self.out_channels)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and bias uniformly within 1 / sqrt(values in a window)."""
        init_uniform_by_fan_in(self.weight, self.bias)

    def extra_repr(self) -> str:
        plain = (0,) * len(self.kernel_size)
        once = (1,) * len(self.kernel_size)
        parts = [
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        ]
        if self.padding != plain:
            parts.append(f"padding={self.padding}")
        if self.dilation != once:
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


class Conv2d(_Convolution):
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

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: PaddingMode = "zeros",
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size)
        self.stride = pair(stride)
        self.padding = padding if isinstance(padding, str) else pair(padding)
        self.dilation = pair(dilation)
        self.groups = groups
        self.padding_mode = padding_mode
        self.output_padding = (0, 0)
        self._set_up(bias)

    def forward(self, input: Tensor) -> Tensor:
        stride, dilation = pair(self.stride), pair(self.dilation)
        if self.padding_mode == "zeros":
            padding = self.padding if isinstance(self.padding, str) else pair(self.padding)
            return F.conv2d(input, self.weight, self.bias, stride, padding, dilation, self.groups)
        padded = F.pad(input, self._sides(), self.padding_mode)
        return F.conv2d(padded, self.weight, self.bias, stride, 0, dilation, self.groups)

    def _sides(self) -> tuple[int, ...]:
        """Left, right, top, bottom."""
        if self.padding == "same":
            rows, columns = same_padding(pair(self.kernel_size), pair(self.dilation))
            return (*columns, *rows)
        if isinstance(self.padding, str):
            return (0, 0, 0, 0)
        row, column = self.padding
        return (column, column, row, row)


class Conv1d(_Convolution):
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

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] = 1,
        padding: int | tuple[int] | str = 0,
        dilation: int | tuple[int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: PaddingMode = "zeros",
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = (single(kernel_size),)
        self.stride = (single(stride),)
        self.padding = padding if isinstance(padding, str) else (single(padding),)
        self.dilation = (single(dilation),)
        self.groups = groups
        self.padding_mode = padding_mode
        self.output_padding = (0,)
        self._set_up(bias)

    def forward(self, input: Tensor) -> Tensor:
        step, spread = self.stride[0], self.dilation[0]
        if self.padding_mode == "zeros":
            padding = self.padding if isinstance(self.padding, str) else self.padding[0]
            return F.conv1d(input, self.weight, self.bias, step, padding, spread, self.groups)
        padded = F.pad(input, self._sides(), self.padding_mode)
        return F.conv1d(padded, self.weight, self.bias, step, 0, spread, self.groups)

    def _sides(self) -> tuple[int, ...]:
        if self.padding == "same":
            return same_padding((1, self.kernel_size[0]), (1, self.dilation[0]))[1]
        return (0, 0) if isinstance(self.padding, str) else (self.padding[0], self.padding[0])


class ConvTranspose2d(_Convolution):
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

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        output_padding: int | tuple[int, int] = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | tuple[int, int] = 1,
        padding_mode: Literal["zeros"] = "zeros",
    ) -> None:
        super().__init__()
        if padding_mode != "zeros":
            raise ValueError('Only "zeros" padding mode is supported for ConvTranspose2d')
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size)
        self.stride = pair(stride)
        self.padding: tuple[int, int] = pair(padding)
        self.output_padding = pair(output_padding)
        self.dilation = pair(dilation)
        self.groups = groups
        self.padding_mode = padding_mode
        self._set_up(bias, transposed=True)

    def forward(self, input: Tensor) -> Tensor:
        return F.conv_transpose2d(
            input,
            self.weight,
            self.bias,
            pair(self.stride),
            self.padding,
            pair(self.output_padding),
            self.groups,
            pair(self.dilation),
        )
