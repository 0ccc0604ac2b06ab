"""Windows that slide over sequences, images or volumes: their geometry, and views that show all at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

Array: TypeAlias = npt.NDArray[Any]
Sizes: TypeAlias = tuple[int, ...]
"""One number for each spatial dimension."""

Sides: TypeAlias = tuple[tuple[int, int], ...]
"""Before and after, for each spatial dimension."""


class _Fields(NamedTuple):
    kernel: Sizes
    stride: Sizes
    padding: Sides
    dilation: Sizes


class Geometry(_Fields):
    """A window of size `kernel` and how it moves; `padding` is (before, after) for each dimension."""

    __slots__ = ()

    def __new__(
        cls,
        kernel: Sizes,
        stride: Sizes | None = None,
        padding: Sides | None = None,
        dilation: Sizes | None = None,
    ) -> Self:
        """Steps of one, no padding and no gaps where nothing else is said."""
        ones = (1,) * len(kernel)
        return super().__new__(
            cls, kernel, stride or ones, padding or ((0, 0),) * len(kernel), dilation or ones
        )

    @property
    def extent(self) -> Sizes:
        """What one dilated window covers."""
        return _extent(self)

    @property
    def places(self) -> int:
        """How many values one window takes in."""
        return math.prod(self.kernel)

    @property
    def is_padded(self) -> bool:
        return any(before or after for before, after in self.padding)

    @property
    def unpadded(self) -> Geometry:
        """The same on images that have their padding already."""
        return Geometry(self.kernel, self.stride, None, self.dilation)

    def padded_size(self, size: Sizes) -> Sizes:
        return _padded_size(self, size)

    def output_size(self, size: Sizes) -> Sizes:
        """How many positions the window takes on images of `size`."""
        return _output_size(self, size)

    def meets(self, size: Sizes) -> bool:
        """Whether every window on images of `size` has something else than padding in it.

        Some that are padded and dilated have not.
        """
        return all(map(all, _sights(self, size)))

    def meets_any(self, size: Sizes) -> bool:
        """Whether some window has; images may be smaller than their padding and steps."""
        return all(map(any, _sights(self, size)))


# A network asks for the same few sizes again and again.

F = TypeVar("F", bound=Callable[..., Any])

_SMALL = 2**16  # positions


def kept_if_small(function: F) -> F:
    """Keep what the function makes for images of a size, its first argument, unless they are large.

    Tables of large images take much memory, and little time beside what is done with them.
    """
    kept = lru_cache(maxsize=256)(function)

    @wraps(function)
    def tables(size: Sizes, *args: Any) -> Any:
        return kept(size, *args) if math.prod(size) <= _SMALL else function(size, *args)

    return cast(F, tables)


@lru_cache(maxsize=1024)
def _extent(geometry: Geometry) -> Sizes:
    return tuple(
        [apart * (size - 1) + 1 for apart, size in zip(geometry.dilation, geometry.kernel, strict=True)]
    )


@lru_cache(maxsize=1024)
def _padded_size(geometry: Geometry, size: Sizes) -> Sizes:
    return tuple(
        [length + before + after for length, (before, after) in zip(size, geometry.padding, strict=True)]
    )


@lru_cache(maxsize=1024)
def _output_size(geometry: Geometry, size: Sizes) -> Sizes:
    return tuple(
        [
            (length - extent) // step + 1
            for length, extent, step in zip(
                _padded_size(geometry, size), _extent(geometry), geometry.stride, strict=True
            )
        ]
    )


@lru_cache(maxsize=1024)
def _sights(geometry: Geometry, size: Sizes) -> list[list[bool]]:
    """Along each dimension and for each window, whether it has something else than padding in it."""
    return [
        [
            any(0 <= place * step + offset * apart - before < length for offset in range(across))
            for place in range(places)
        ]
        for length, across, step, (before, _), apart, places in zip(
            size, *geometry, geometry.output_size(size), strict=True
        )
    ]


def windows(images: Array, geometry: Geometry) -> Array:
    """Every window of images that have their padding already, without copying.

    (n, c, *size) -> (n, c, *kernel, *positions); a view.
    """
    n, c, *size = images.shape
    of_image, of_channel, *steps = images.strides
    return as_strided(
        images,
        (n, c, *geometry.kernel, *geometry.unpadded.output_size(tuple(size))),
        (
            of_image,
            of_channel,
            *[apart * step for apart, step in zip(geometry.dilation, steps, strict=True)],
            *[stride * step for stride, step in zip(geometry.stride, steps, strict=True)],
        ),
    )


def padded_like(images: Array, count: int, geometry: Geometry, fill: Any = 0) -> Array:
    """Room for `count` padded images shaped like those of `images`, filled with `fill`."""
    return np.full((count, images.shape[1], *geometry.padded_size(images.shape[2:])), fill, images.dtype)


def interior(padded: Array, geometry: Geometry) -> Array:
    """The part of padded images that lies inside the padding; a view."""
    size = padded.shape[-len(geometry.kernel) :]
    inside: tuple[Any, ...] = tuple(
        [
            slice(before, length - after)
            for length, (before, after) in zip(size, geometry.padding, strict=True)
        ]
    )
    return padded[(Ellipsis, *inside)]
