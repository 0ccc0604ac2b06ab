"""Two-dimensional convolution as matrix products.

The windows of a few images at a time are gathered into the columns of a matrix that fits the cache (im2col;
Chellapilla et al., "High performance convolutional neural networks for document processing", 2006), then
multiplied by the weights. Gathering all images at once would send every column through main memory. The
gradient of the input is a convolution too, with the weights turned round, so that it gathers where the
textbook form scatters.

Arrays are (images, channels, rows, columns); weights are (outputs, channels / groups, kernel rows, kernel
columns). Sums run in one fixed order, so that equal inputs give equal bits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradloom.kernels.parallel import in_halves
from gradloom.kernels.windows import Array, Geometry, Pair, interior, padded_like, windows

_COLUMN_BYTES = 2**18


def convolve(images: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int = 1) -> Array:
    """The cross-correlation of each image with each output's weights, plus its bias."""
    outputs = weight.shape[0]
    rows, columns = geometry.output_size((images.shape[2], images.shape[3]))
    result = np.empty((len(images), outputs, rows, columns), images.dtype)
    matrix = weight.reshape(groups, outputs // groups, -1)
    products = result.reshape(len(images), groups, outputs // groups, rows * columns)

    def run(start: int, stop: int) -> None:
        for part, gathered in _columns(images, geometry, groups, start, stop):
            np.matmul(matrix, gathered, out=products[part])
            if bias is not None:
                result[part] += bias[:, None, None]

    in_halves(run, len(images), work=result.size * matrix.shape[-1])
    return result


def weight_gradient(images: Array, gradient: Array, geometry: Geometry, groups: int = 1) -> Array:
    """The gradient of the weights, given that of the result."""
    outputs = gradient.shape[1]
    channels = images.shape[1] // groups
    size = channels * geometry.kernel[0] * geometry.kernel[1]
    flat = np.ascontiguousarray(gradient).reshape(len(images), groups, outputs // groups, -1)

    def run(start: int, stop: int) -> Array:
        total = np.zeros((groups, outputs // groups, size), images.dtype)
        for part, gathered in _columns(images, geometry, groups, start, stop):
            total += np.matmul(flat[part], gathered.swapaxes(-1, -2)).sum(axis=0)
        return total

    first, second = in_halves(run, len(images), work=flat.size * size)
    return (first + second).reshape(outputs, channels, *geometry.kernel)


def input_gradient(gradient: Array, weight: Array, size: Pair, geometry: Geometry, groups: int = 1) -> Array:
    """The gradient of images of `size`, given that of the result."""
    before = [extent - 1 - sides[0] for extent, sides in zip(geometry.extent, geometry.padding, strict=True)]
    if geometry.stride != (1, 1) or min(before) < 0:
        return _scattered(gradient, weight, size, geometry, groups)
    after = [
        length + extent - 1 - given - start
        for length, extent, given, start in zip(
            size, geometry.extent, gradient.shape[2:], before, strict=True
        )
    ]
    if min(after) < 0:
        return _scattered(gradient, weight, size, geometry, groups)
    turned = Geometry(
        geometry.kernel, (1, 1), ((before[0], after[0]), (before[1], after[1])), geometry.dilation
    )
    return convolve(gradient, _turned(weight, groups), None, turned, groups)


def _turned(weight: Array, groups: int) -> Array:
    """Weights rotated by half a turn, inputs and outputs exchanged within each group."""
    outputs, channels, *kernel = weight.shape
    grouped = weight.reshape(groups, outputs // groups, channels, *kernel)[..., ::-1, ::-1]
    return np.ascontiguousarray(grouped.swapaxes(1, 2)).reshape(groups * channels, outputs // groups, *kernel)


def _scattered(gradient: Array, weight: Array, size: Pair, geometry: Geometry, groups: int) -> Array:
    """The input's gradient in its textbook form: each window's share is added where it came from."""
    n, outputs, rows, columns = gradient.shape
    channels = weight.shape[1] * groups
    padded = np.zeros((n, channels, *geometry.padded_size(size)), gradient.dtype)
    matrix = weight.reshape(groups, outputs // groups, -1).swapaxes(-1, -2)
    flat = np.ascontiguousarray(gradient).reshape(n, groups, outputs // groups, rows * columns)

    def run(start: int, stop: int) -> None:
        step = _images_at_once(matrix.shape[0] * matrix.shape[1] * rows * columns * gradient.itemsize)
        for first in range(start, stop, step):
            part = slice(first, min(first + step, stop))
            shares = np.matmul(matrix, flat[part]).reshape(-1, channels, *geometry.kernel, rows, columns)
            targets = windows(padded[part], geometry)
            for i, j in np.ndindex(*geometry.kernel):
                targets[:, :, i, j] += shares[:, :, i, j]

    in_halves(run, n, work=flat.size * matrix.shape[1])
    return np.ascontiguousarray(interior(padded, geometry))


def _columns(
    images: Array, geometry: Geometry, groups: int, start: int, stop: int
) -> Iterator[tuple[slice, Array]]:
    """For a few images at a time their place in the batch and their windows, (n, groups, window, positions).

    The matrix is overwritten by the next one.
    """
    channels, height, width = images.shape[1:]
    positions = geometry.output_size((height, width))
    shape = (channels, *geometry.kernel, *positions)
    step = min(_images_at_once(int(np.prod(shape)) * images.itemsize), max(stop - start, 1))
    gathered = np.empty((step, *shape), images.dtype)
    padded = padded_like(images, step, geometry) if geometry.is_padded else None
    for first in range(start, stop, step):
        part = slice(first, min(first + step, stop))
        count = part.stop - first
        source = images[part]
        if padded is not None:
            interior(padded, geometry)[:count] = source
            source = padded[:count]
        gathered[:count] = windows(source, geometry)
        yield part, gathered[:count].reshape(count, groups, -1, positions[0] * positions[1])


def _images_at_once(bytes_per_image: int) -> int:
    return max(1, _COLUMN_BYTES // max(bytes_per_image, 1))
