"""Pooling layers that give the size that was asked for."""

from __future__ import annotations

from typing import Any, ClassVar

from gradloom.nn import functional as F
from gradloom.nn.module import Module
from gradloom.tensor import Tensor

Wanted = int | tuple[int | None, ...] | None


class _AdaptiveAvgPool(Module):
    spatial: ClassVar[int]

    def __init__(self, output_size: Wanted) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        pool: Any = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)[self.spatial - 1]
        out: Tensor = pool(input, self.output_size)
        return out

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Takes means over as many windows as you say, whatever the length of the sequence.

    Shapes: (n, c, length) -> (n, c, output_size).

    Args:
        output_size: length of the result, > 0.
    """

    spatial = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Takes means over a grid of windows that is as large as you say, whatever the size of the image.

    Shapes: (n, c, h, w) -> (n, c, *output_size).

    Args:
        output_size: height and width of the result, > 0.
    """

    spatial = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Takes means over a grid of windows that is as large as you say, whatever the size of the volume.

    Shapes: (n, c, d, h, w) -> (n, c, *output_size).

    Args:
        output_size: depth, height and width of the result, > 0.
    """

    spatial = 3


class _AdaptiveMaxPool(Module):
    spatial: ClassVar[int]

    def __init__(self, output_size: Wanted, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        pool: Any = (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)[self.spatial - 1]
        return pool(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Keeps the largest value in each of as many windows as you say, whatever the length of the sequence.

    Shapes: (n, c, length) -> (n, c, output_size).

    Args:
        output_size: length of the result, > 0.
        return_indices: whether to give the places of the values too.
    """

    spatial = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Keeps the largest value in each window of a grid as large as you say, whatever the size of the image.

    Shapes: (n, c, h, w) -> (n, c, *output_size).

    Args:
        output_size: height and width of the result, > 0.
        return_indices: whether to give the places of the values too.
    """

    spatial = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Keeps the largest value in each window of a grid as large as you say, whatever the size of the volume.

    Shapes: (n, c, d, h, w) -> (n, c, *output_size).

    Args:
        output_size: depth, height and width of the result, > 0.
        return_indices: whether to give the places of the values too.
    """

    spatial = 3


class _FractionalMaxPool(Module):
    spatial: ClassVar[int]

    def __init__(
        self,
        kernel_size: int | tuple[int, ...],
        output_size: int | tuple[int, ...] | None = None,
        output_ratio: float | tuple[float, ...] | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        self.kernel_size = _for_each(kernel_size, self.spatial)
        self.output_size = None if output_size is None else _for_each(output_size, self.spatial)
        self.output_ratio = None if output_ratio is None else _for_each(output_ratio, self.spatial)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        if self.output_ratio is not None and not all(0 < each < 1 for each in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        pool: Any = (F.fractional_max_pool2d, F.fractional_max_pool3d)[self.spatial - 2]
        return pool(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            self._random_samples,
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """Keeps the largest value in windows that chance spaces out over an image (Graham, 2015).

    Give either a size or a ratio.

    Args:
        kernel_size: height and width of the window, > 0.
        output_size: height and width of the result, > 0.
        output_ratio: size of the result by that of the image, in (0, 1).
        return_indices: whether to give the places of the values too.
    """

    spatial = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """Keeps the largest value in windows that chance spaces out over a volume (Graham, 2015).

    Give either a size or a ratio.

    Args:
        kernel_size: depth, height and width of the window, > 0.
        output_size: depth, height and width of the result, > 0.
        output_ratio: size of the result by that of the volume, in (0, 1).
        return_indices: whether to give the places of the values too.
    """

    spatial = 3


def _for_each(size: Any, count: int) -> tuple[Any, ...]:
    return (size,) * count if isinstance(size, (int, float)) else tuple(size)
