"""Pooling layers: windows of a sequence, an image or a volume reduced to one number each."""

from __future__ import annotations

from typing import Any, ClassVar

from gradloom.nn import functional as F
from gradloom.nn.module import Module
from gradloom.tensor import Tensor

Size = int | tuple[int, ...]


class _MaxPool(Module):
    spatial: ClassVar[int]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[self.spatial - 1]
        return pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """Keeps the largest value in each window of a sequence.

    Shapes: (n, c, length) -> (n, c, length').

    Args:
        kernel_size: length of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        padding: values of minus infinity at each end, >= 0.
        dilation: distance between the values that a window looks at, > 0.
        return_indices: whether to give the places of the values too.
        ceil_mode: whether a last window may stick out at the end.
    """

    spatial = 1


class MaxPool2d(_MaxPool):
    """Keeps the largest value in each window of an image.

    Shapes: (n, c, h, w) -> (n, c, h', w').

    Args:
        kernel_size: height and width of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        padding: rows and columns of minus infinity around the image, >= 0.
        dilation: distance between the values that a window looks at, > 0.
        return_indices: whether to give the places of the values too.
        ceil_mode: whether a last window may stick out at the end.
    """

    spatial = 2


class MaxPool3d(_MaxPool):
    """Keeps the largest value in each window of a volume.

    Shapes: (n, c, d, h, w) -> (n, c, d', h', w').

    Args:
        kernel_size: depth, height and width of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        padding: planes of minus infinity around the volume, >= 0.
        dilation: distance between the values that a window looks at, > 0.
        return_indices: whether to give the places of the values too.
        ceil_mode: whether a last window may stick out at the end.
    """

    spatial = 3


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


class _AvgPool(Module):
    spatial: ClassVar[int]

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
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
        pool = (F.avg_pool2d, F.avg_pool3d)[self.spatial - 2]
        return pool(
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


class AvgPool2d(_AvgPool):
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

    spatial = 2


class AvgPool3d(_AvgPool):
    """Takes the mean of each window of a volume.

    Shapes: (n, c, d, h, w) -> (n, c, d', h', w').

    Args:
        kernel_size: depth, height and width of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        padding: zeros around the volume on each side, >= 0.
        ceil_mode: whether a last window may stick out at the end.
        count_include_pad: whether the zeros around the volume count in the mean.
        divisor_override: divide by this number instead, > 0.
    """

    spatial = 3


class _LPPool(Module):
    spatial: ClassVar[int]

    def __init__(
        self, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        pool = (F.lp_pool1d, F.lp_pool2d, F.lp_pool3d)[self.spatial - 1]
        return pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """Takes the p-norm of each window of a sequence: between a sum (1) and the largest value (infinity).

    Args:
        norm_type: the p of the norm, > 0.
        kernel_size: length of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        ceil_mode: whether a last window may stick out at the end.
    """

    spatial = 1


class LPPool2d(_LPPool):
    """Takes the p-norm of each window of an image: between a sum (1) and the largest value (infinity).

    Args:
        norm_type: the p of the norm, > 0.
        kernel_size: height and width of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        ceil_mode: whether a last window may stick out at the end.
    """

    spatial = 2


class LPPool3d(_LPPool):
    """Takes the p-norm of each window of a volume: between a sum (1) and the largest value (infinity).

    Args:
        norm_type: the p of the norm, > 0.
        kernel_size: depth, height and width of the window, > 0.
        stride: how far the window moves each time; its own size if not given, > 0.
        ceil_mode: whether a last window may stick out at the end.
    """

    spatial = 3


def _as_tuple(size: int | tuple[int]) -> tuple[int]:
    return (size,) if isinstance(size, int) else size
