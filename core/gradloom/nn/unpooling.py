"""The way back from pooling, and images as the columns of their windows."""

from __future__ import annotations

from typing import ClassVar

from gradloom.nn import functional as F
from gradloom.nn.functional.sizes import spread
from gradloom.nn.module import Module
from gradloom.tensor import Tensor

Size = int | tuple[int, ...]


class _MaxUnpool(Module):
    spatial: ClassVar[int]

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        super().__init__()
        self.kernel_size = spread(kernel_size, self.spatial)
        self.stride = self.kernel_size if stride is None else spread(stride, self.spatial)
        self.padding = spread(padding, self.spatial)

    def forward(self, input: Tensor, indices: Tensor, output_size: list[int] | None = None) -> Tensor:
        """`output_size` decides between sizes that pool to the same one."""
        unpool = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[self.spatial - 1]
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Returns what MaxPool1d kept to where it was, with zeros elsewhere.

    Args:
        kernel_size: length of the window, > 0.
        stride: how far the window moved each time; its own size if not given, > 0.
        padding: values that were added at each end, >= 0.
    """

    spatial = 1


class MaxUnpool2d(_MaxUnpool):
    """Returns what MaxPool2d kept to where it was, with zeros elsewhere.

    Args:
        kernel_size: height and width of the window, > 0.
        stride: how far the window moved each time; its own size if not given, > 0.
        padding: rows and columns that were added on each side, >= 0.
    """

    spatial = 2


class MaxUnpool3d(_MaxUnpool):
    """Returns what MaxPool3d kept to where it was, with zeros elsewhere.

    Args:
        kernel_size: depth, height and width of the window, > 0.
        stride: how far the window moved each time; its own size if not given, > 0.
        padding: planes that were added on each side, >= 0.
    """

    spatial = 3


class Unfold(Module):
    """Lays every window of an image out as a column.

    Shapes: (n, c, h, w) -> (n, c * values of a window, windows).

    Args:
        kernel_size: height and width of the window, > 0.
        dilation: distance between the values that a window looks at, > 0.
        padding: zeros around the image on each side, >= 0.
        stride: how far the window moves each time, > 0.
    """

    def __init__(self, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(Module):
    """Adds columns back into the windows of an image: the reverse of Unfold, where windows do not overlap.

    Shapes: (n, c * values of a window, windows) -> (n, c, *output_size).

    Args:
        output_size: height and width of the image, > 0.
        kernel_size: height and width of the window, > 0.
        dilation: distance between the values that a window looks at, > 0.
        padding: rows and columns that are cut off on each side, >= 0.
        stride: how far the window moves each time, > 0.
    """

    def __init__(
        self,
        output_size: Size,
        kernel_size: Size,
        dilation: Size = 1,
        padding: Size = 0,
        stride: Size = 1,
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
