"""Images read along straight lines that need not lie on their pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.kernels.compiled.crew import shared

Array = np.ndarray[Any, Any]

_0 = np.float32(0)

# What a pixel takes, in multiply-adds.
_WORK = 24


def warped(images: Array, maps: Array) -> Array:
    made = np.empty_like(images)
    _warp(images, maps, made, len(images), _WORK * images.size)
    return made


@shared
def _warp(images: Array, maps: Array, made: Array, start: int, stop: int) -> None:
    _, channels, height, width = images.shape
    lowest, rightmost = np.float32(height - 1), np.float32(width - 1)
    for n in range(start, stop):
        a, b, c = maps[n, 0]
        d, e, f = maps[n, 1]
        for y in range(height):
            for x in range(width):
                row = a * np.float32(y) + b * np.float32(x) + c
                column = d * np.float32(y) + e * np.float32(x) + f
                # What is no number is 0 as well: it must not lead out of the image.
                row, column = row if row > _0 else _0, column if column > _0 else _0
                row, column = min(row, lowest), min(column, rightmost)
                top, left = int(row), int(column)
                below, beside = row - np.float32(top), column - np.float32(left)
                under, right = min(top + 1, height - 1), min(left + 1, width - 1)
                for channel in range(channels):
                    image = images[n, channel]
                    upper = image[top, left] + beside * (image[top, right] - image[top, left])
                    lower = image[under, left] + beside * (image[under, right] - image[under, left])
                    made[n, channel, y, x] = upper + below * (lower - upper)
