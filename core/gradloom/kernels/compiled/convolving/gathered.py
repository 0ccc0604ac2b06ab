"""Convolution as one product of matrices, for so few positions that it is the weights which take the time.

The windows are gathered into the columns of a matrix (im2col, as in `kernels/convolution.py`), which is small
beside the weights; these are read once, where they lie.
"""

from __future__ import annotations

import math

import numpy as np

from gradloom.kernels.pooling import padded
from gradloom.kernels.product import matrix_product
from gradloom.kernels.windows import Array, Geometry, Sizes, interior, windows

_FEW = 50  # positions of all images
_MANY = 2**19  # weights


def serves(count: int, positions: Sizes, weights: int, groups: int) -> bool:
    """Whether there are few positions and many weights."""
    return groups == 1 and count * math.prod(positions) <= _FEW and weights >= _MANY


def convolve(images: Array, weight: Array, bias: Array | None, geometry: Geometry) -> Array:
    """As `kernels/convolution.py` says, likewise for the others."""
    positions = geometry.output_size(images.shape[2:])
    sums = matrix_product(weight.reshape(len(weight), -1), _columns(images, geometry))
    if bias is not None:
        sums += bias[:, None]
    return _by_image(sums, len(images)).reshape(len(images), len(weight), *positions)


def weight_gradient(images: Array, gradient: Array, geometry: Geometry) -> Array:
    total = matrix_product(_by_output(gradient), _columns(images, geometry).T)
    return np.asarray(total.reshape(-1, images.shape[1], *geometry.kernel))


def input_gradient(
    gradient: Array, weight: Array, bias: Array | None, size: Sizes, geometry: Geometry
) -> Array:
    """Each window's share is added where it came from."""
    n, _, *positions = gradient.shape
    channels = weight.shape[1]
    shares = matrix_product(weight.reshape(len(weight), -1).T, _by_output(gradient))
    shares = _by_image(shares, n).reshape(n, channels, *geometry.kernel, *positions)
    room = np.zeros((n, channels, *geometry.padded_size(size)), gradient.dtype)
    if bias is not None:
        room += bias.reshape(-1, *(1,) * len(size))
    targets = windows(room, geometry)
    for offset in np.ndindex(*geometry.kernel):
        at = (slice(None), slice(None), *offset)
        targets[at] += shares[at]
    return np.ascontiguousarray(interior(room, geometry))


def _columns(images: Array, geometry: Geometry) -> Array:
    """(values of a window, images * positions)."""
    seen = np.moveaxis(windows(padded(images, geometry), geometry), 0, -1 - len(geometry.kernel))
    return np.ascontiguousarray(seen).reshape(images.shape[1] * geometry.places, -1)


def _by_output(gradient: Array) -> Array:
    """(n, outputs, *positions) -> (outputs, n * positions)."""
    return np.ascontiguousarray(gradient.swapaxes(0, 1)).reshape(gradient.shape[1], -1)


def _by_image(rows: Array, count: int) -> Array:
    """(rows, n * positions) -> (n, rows, positions)."""
    return np.ascontiguousarray(rows.reshape(len(rows), count, -1).swapaxes(0, 1))
