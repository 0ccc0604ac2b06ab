"""Transforms: training batches changed at random, so that a network learns what does not matter.

Each takes one batch of one input, (N, ...), and gives a new one of the same shape and dtype. Randomness comes
from the default generator, so a seeded training stays reproducible.
"""

from __future__ import annotations

import numpy as np

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
        return wrap(batch.array + self.sigma * randn(batch.shape, dtype=batch.dtype).array)


class RandomHorizontalFlip:
    """Mirrors images left to right, each with the same chance.

    Args:
        p: share of images that are mirrored, in [0, 1].
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, batch: Tensor) -> Tensor:
        images = _images(batch, type(self).__name__)
        chosen = rand(len(images)).array < self.p
        return wrap(np.where(chosen[:, None, None, None], images[..., ::-1], images))


class RandomShift:
    """Moves images by up to a few pixels in each direction; the edge fills what comes free.

    Args:
        pixels: the longest move, at least 1.
    """

    def __init__(self, pixels: int = 2) -> None:
        self.pixels = pixels

    def __call__(self, batch: Tensor) -> Tensor:
        images = _images(batch, type(self).__name__)
        count, _, height, width = images.shape
        moves = randint(-self.pixels, self.pixels + 1, (2, count, 1)).array
        rows = np.clip(np.arange(height) + moves[0], 0, height - 1)
        columns = np.clip(np.arange(width) + moves[1], 0, width - 1)
        moved = images[np.arange(count)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
        return wrap(np.ascontiguousarray(np.moveaxis(moved, -1, 1)))


def _images(batch: Tensor, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    if batch.ndim != 4:
        raise ValueError(
            f"{name} changes images (N, C, H, W), but this input has the shape {tuple(batch.shape)}."
        )
    return batch.array
