"""Pooling layers: windows of an image or sequence reduced to one number each."""

from __future__ import annotations

from gradloom.nn import functional as F
from gradloom.nn.module import Module
from gradloom.tensor import Tensor


class MaxPool2d(Module):
    """Keeps the largest value in each window of an image.

    Shapes: (n, c, h, w) -> (n, c, h', w').

    Args:
        kernel_size: height and width of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        padding: rows and columns of minus infinity around the image, >= 0.
        dilation: distance between the values that a window looks at, > 0.
        ceil_mode: whether a last window may stick out at the end.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool2d(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(Module):
    """Keeps the largest value in each window of a sequence.

    Shapes: (n, c, length) -> (n, c, length').

    Args:
        kernel_size: length of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        padding: values of minus infinity at each end, >= 0.
        dilation: distance between the values that a window looks at, > 0.
        ceil_mode: whether a last window may stick out at the end.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] | None = None,
        padding: int | tuple[int] = 0,
        dilation: int | tuple[int] = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool1d(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool2d(Module):
    """Takes the mean of each window of an image.

    Shapes: (n, c, h, w) -> (n, c, h', w').

    Args:
        kernel_size: height and width of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        padding: zeros around the image on each side, >= 0.
        ceil_mode: whether a last window may stick out at the end.
        count_include_pad: whether the zeros around the image count in the mean.
        divisor_override: divide by this number instead, > 0.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(Module):
    """Takes the mean of each window of a sequence.

    Shapes: (n, c, length) -> (n, c, length').

    Args:
        kernel_size: length of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        padding: zeros at each end, >= 0.
        ceil_mode: whether a last window may stick out at the end.
        count_include_pad: whether the zeros at the ends count in the mean.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] | None = None,
        padding: int | tuple[int] = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _as_tuple(kernel_size)
        self.stride = self.kernel_size if stride is None else _as_tuple(stride)
        self.padding = _as_tuple(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """Takes means over a grid of windows that is as large as you say, whatever the size of the image.

    Shapes: (n, c, h, w) -> (n, c, *output_size).

    Args:
        output_size: height and width of the result, > 0.
    """

    def __init__(self, output_size: int | tuple[int | None, int | None] | None) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


def _as_tuple(size: int | tuple[int]) -> tuple[int]:
    return (size,) if isinstance(size, int) else size
