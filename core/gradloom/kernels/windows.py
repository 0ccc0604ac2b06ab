"""Windows that slide over images: their geometry, and views of a batch that show every window at once."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

Array: TypeAlias = npt.NDArray[Any]
Pair: TypeAlias = tuple[int, int]


class Geometry(NamedTuple):
    """A window of `kernel` (rows, columns) and how it moves.

    `padding` is (before, after) for rows and for columns.
    """

    kernel: Pair
    stride: Pair = (1, 1)
    padding: tuple[Pair, Pair] = ((0, 0), (0, 0))
    dilation: Pair = (1, 1)

    @property
    def extent(self) -> Pair:
        """Rows and columns that one dilated window covers."""
        return (
            self.dilation[0] * (self.kernel[0] - 1) + 1,
            self.dilation[1] * (self.kernel[1] - 1) + 1,
        )

    @property
    def is_padded(self) -> bool:
        return any(amount for sides in self.padding for amount in sides)

    def padded_size(self, size: Pair) -> Pair:
        return size[0] + sum(self.padding[0]), size[1] + sum(self.padding[1])

    def output_size(self, size: Pair) -> Pair:
        """How many positions the window takes on images of `size`."""
        rows, columns = self.padded_size(size)
        extent = self.extent
        return (rows - extent[0]) // self.stride[0] + 1, (columns - extent[1]) // self.stride[1] + 1


def windows(images: Array, geometry: Geometry) -> Array:
    """Every window of padded images, without copying.

    (n, c, height, width) -> (n, c, kernel rows, kernel columns, output rows, output columns); a view.
    """
    unpadded = geometry._replace(padding=((0, 0), (0, 0)))
    n, c, *size = images.shape
    sn, sc, sy, sx = images.strides
    (dy, dx), (ty, tx) = geometry.dilation, geometry.stride
    return as_strided(
        images,
        (n, c, *geometry.kernel, *unpadded.output_size((size[0], size[1]))),
        (sn, sc, dy * sy, dx * sx, ty * sy, tx * sx),
    )


def padded_like(images: Array, count: int, geometry: Geometry, fill: float = 0.0) -> Array:
    """Room for `count` padded images shaped like those of `images`, filled with `fill`."""
    _, channels, height, width = images.shape
    return np.full((count, channels, *geometry.padded_size((height, width))), fill, images.dtype)


def interior(padded: Array, geometry: Geometry) -> Array:
    """The part of padded images that lies inside the padding; a view."""
    (top, bottom), (left, right) = geometry.padding
    height, width = padded.shape[-2:]
    return padded[..., top : height - bottom, left : width - right]
