"""Transforms: training batches changed at random, so that a network learns what does not matter.

Each takes one batch of one input, (N, ...), and gives a new one of the same shape and dtype. Randomness comes
from the default generator, so a seeded training stays reproducible.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradloom.dtypes import Array
from gradloom.kernels.warping import warped
from gradloom.random import rand, randint, randn
from gradloom.tensor import Tensor, wrap


class GaussianNoise:
    """Adds a little noise to every value.

    Args:
        sigma: the noise's standard deviation, > 0.
    """

    def __init__(self, sigma: float = 0.1) -> None:
        self.sigma = sigma

    def __call__(self, batch: Tensor) -> Tensor:
        noise = randn(batch.shape, dtype=_fractional(batch, self).dtype).array
        noise *= self.sigma
        noise += batch.array
        return wrap(noise)


class RandomHorizontalFlip:
    """Mirrors images left to right, each with the same chance.

    Args:
        p: share of images that are mirrored, in [0, 1].
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, batch: Tensor) -> Tensor:
        images = _images(batch, self)
        chosen = rand(len(images)).array < self.p
        flipped = images.copy()
        flipped[chosen] = images[chosen][..., ::-1]
        return wrap(flipped)


class RandomShift:
    """Moves images by up to a few pixels in each direction; the edge fills what comes free.

    Args:
        pixels: the longest move, at least 1.
    """

    def __init__(self, pixels: int = 2) -> None:
        self.pixels = pixels

    def __call__(self, batch: Tensor) -> Tensor:
        images = _images(batch, self)
        count, _, height, width = images.shape
        down, right = randint(0, 2 * self.pixels + 1, (2, count)).array
        edge = (self.pixels, self.pixels)
        padded = np.pad(images, ((0, 0), (0, 0), edge, edge), "edge")
        windows = sliding_window_view(padded, (height, width), (2, 3))
        return wrap(windows[np.arange(count), :, down, right])


class RandomAffine:
    """Turns, sizes and moves images a little, each differently; the edge fills what comes free.

    Args:
        degrees: the largest turn to either side, at least 0.
        scale: the largest change in size, as a share, in [0, 1).
        shift: the longest move in each direction, as a share of the side, in [0, 1].
    """

    def __init__(self, degrees: float = 10.0, scale: float = 0.1, shift: float = 0.1) -> None:
        self.degrees = degrees
        self.scale = scale
        self.shift = shift

    def __call__(self, batch: Tensor) -> Tensor:
        images = _images(_fractional(batch, self), self)
        count, _, height, width = images.shape
        turn, size, down, right = 2 * rand(4, count).array - 1
        turn, size = np.radians(self.degrees) * turn, 1 + self.scale * size
        cos, sin = np.cos(turn) / size, np.sin(turn) / size
        middle = np.array([(height - 1) / 2, (width - 1) / 2])
        maps = np.empty((count, 2, 3), images.dtype)
        maps[:, :, :2] = np.stack([cos, -sin, sin, cos], axis=1).reshape(count, 2, 2)
        # What comes to the middle was moved away from it before it is turned around it.
        moved = middle + self.shift * np.stack([height * down, width * right], axis=1)
        maps[:, :, 2] = middle - (maps[:, :, :2] @ moved[:, :, None])[:, :, 0]
        return wrap(warped(images, maps))


class RandomErasing:
    """Sets a square of an image to zero, at a random place (DeVries and Taylor, 2017).

    Args:
        p: share of images of which a square is erased, in [0, 1].
        size: the square's side, as a share of the image's shorter one, in (0, 1].
    """

    def __init__(self, p: float = 0.5, size: float = 0.5) -> None:
        self.p = p
        self.size = size

    def __call__(self, batch: Tensor) -> Tensor:
        images = _images(batch, self)
        count, _, height, width = images.shape
        chosen = rand(count, 1).array < self.p
        side = max(1, round(self.size * min(height, width)))
        rows, columns = (_inside(length, side, count) for length in (height, width))
        erased = images.copy()
        np.copyto(erased, 0, where=((rows & chosen)[:, :, None] & columns[:, None, :])[:, None])
        return wrap(erased)


def _inside(length: int, side: int, count: int) -> Array:
    """For each image (N, length): which of its rows or columns lie in a stretch at a random place."""
    start = randint(0, length - side + 1, (count, 1)).array
    places = np.arange(length)
    return (places >= start) & (places < start + side)


def _images(batch: Tensor, transform: object) -> Array:
    if batch.ndim != 4 or 0 in batch.shape[2:]:
        raise ValueError(
            f"{type(transform).__name__} changes images (N, C, H, W), but this input has the shape "
            f"{tuple(batch.shape)}."
        )
    return batch.array


def _fractional(batch: Tensor, transform: object) -> Tensor:
    if not batch.is_floating_point():
        raise ValueError(
            f"{type(transform).__name__} makes fractions, but this input is of type {batch.dtype}; "
            "make it float32 before."
        )
    return batch
