"""Convolution along any number of dimensions, as matrix products.

The windows of a few images at a time are gathered into the columns of a matrix that fits the cache (im2col;
Chellapilla et al., "High performance convolutional neural networks for document processing", 2006), then
multiplied by the weights. Gathering all images at once would send every column through main memory. The
gradient of the input is a convolution too, with the weights turned round: it gathers where the textbook form
scatters.

At stride 1 a window's offset picks, from an image with its rows joined, one long run that holds that value of
all windows, and between two rows some values that belong to none. Copying such runs and dropping the few
strangers afterwards is quicker than copying row by row.

Arrays are (images, channels, *size), where images may as well be sequences or volumes; weights are (outputs,
channels / groups, *kernel). Sums run in one fixed order, so that equal inputs give equal bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from gradloom.kernels.counterpart import compiled
from gradloom.kernels.parallel import in_parts
from gradloom.kernels.windows import Array, Geometry, Sizes, interior, padded_like, windows

_COLUMN_BYTES = 2**19
_UNPACKED, _STEP, _FEW = 1_000_000, 64, 48


@dataclass(frozen=True)
class Plan:
    """How the windows of a batch lie in the gathered matrix.

    `positions` counts the window's positions along each dimension, `pitches` the places that they take: the
    same, or the padded image's size in all dimensions but the first where long runs are copied.
    """

    geometry: Geometry
    groups: int
    values: int
    positions: Sizes
    pitches: Sizes

    @classmethod
    def of(cls, images: Array, outputs: int, geometry: Geometry, groups: int) -> Plan:
        """Long runs pay where there is more to gather, `values` a window, than to drop from the outputs."""
        size = images.shape[2:]
        values = images.shape[1] * math.prod(geometry.kernel)
        positions = geometry.output_size(size)
        long = max(geometry.stride) == 1 and values > outputs
        pitches = (positions[0], *geometry.padded_size(size)[1:]) if long else positions
        return cls(geometry, groups, values, positions, pitches)

    @property
    def places(self) -> int:
        return math.prod(self.pitches)

    @property
    def counted(self) -> tuple[Any, ...]:
        """Index of the places that belong to a position."""
        return (Ellipsis, *map(slice, self.positions))

    def at_once(self, images: Array) -> int:
        """How many images are gathered together."""
        return min(_images_at_once(self.values * self.places * images.itemsize), max(len(images), 1))

    def by_group(self, array: Array) -> Array:
        """(channels, ..., n, *pitches) -> (groups, values of one group, n * places)."""
        return array.reshape(self.groups, len(array) // self.groups, -1)


def _sums_floats(
    images: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int = 1
) -> bool:
    positions = geometry.output_size(images.shape[2:])
    return bool(
        _are_floats(images, weight)
        and weight.size
        and len(images)
        and min(positions)
        and _mixes(len(weight), images.shape[1], geometry, groups)
    )


def _shares_floats(images: Array, gradient: Array, geometry: Geometry, groups: int = 1) -> bool:
    return bool(
        _are_floats(images, gradient)
        and images.size
        and gradient.size
        and _mixes(gradient.shape[1], images.shape[1], geometry, groups)
    )


def _returns_floats(
    gradient: Array, weight: Array, bias: Array | None, size: Sizes, geometry: Geometry, groups: int = 1
) -> bool:
    return bool(
        _are_floats(gradient, weight)
        and gradient.size
        and weight.size
        and _mixes(len(weight), weight.shape[1] * groups, geometry, groups)
        and not _leaps(geometry)
        and geometry.meets_any(tuple(size))
        and np.isfinite(weight).all()
    )


def _are_floats(*arrays: Array) -> bool:
    return all(type(array) is np.ndarray and array.dtype == np.float32 for array in arrays)


def _mixes(outputs: int, channels: int, geometry: Geometry, groups: int) -> bool:
    """Whether a group has several outputs, so that vectors of them pay, or is one channel of images."""
    return groups == 1 or outputs > groups or (channels == groups and len(geometry.kernel) == 2)


def _leaps(geometry: Geometry) -> bool:
    """Whether a phase of the positions reaches several phases of the window."""
    steps = zip(geometry.stride, geometry.dilation, strict=True)
    return any(step > 1 and apart > 1 for step, apart in steps)


@compiled(when=_sums_floats)
def convolve(images: Array, weight: Array, bias: Array | None, geometry: Geometry, groups: int = 1) -> Array:
    """The cross-correlation of each image with each output's weights, plus its bias."""
    outputs = len(weight)
    plan = Plan.of(images, outputs, geometry, groups)
    result = np.empty((len(images), outputs, *plan.positions), images.dtype)
    if not result.size:
        return result
    matrix = weight.reshape(groups, outputs // groups, -1)
    counted, across = plan.counted, (-1, *(1,) * len(plan.positions))

    def run(start: int, stop: int) -> None:
        for part, gathered in _columns(images, plan, start, stop):
            products = _products(matrix, gathered).reshape(outputs, -1, *plan.pitches)
            products = products.swapaxes(0, 1)[counted]
            if bias is None:
                result[part] = products
            else:
                np.add(products, bias.reshape(across), out=result[part])

    in_parts(run, len(images), work=result.size * matrix.shape[-1])
    return result


@compiled(when=_shares_floats)
def weight_gradient(images: Array, gradient: Array, geometry: Geometry, groups: int = 1) -> Array:
    """The gradient of the weights, given that of the result."""
    outputs = gradient.shape[1]
    if not gradient.size:
        return np.zeros((outputs, images.shape[1] // groups, *geometry.kernel), images.dtype)
    plan = Plan.of(images, outputs, geometry, groups)

    def run(start: int, stop: int) -> Array:
        total = np.zeros((groups, plan.values // groups, outputs // groups), images.dtype)
        # The places between two rows stay zero, so that what was gathered there counts for nothing.
        spread = np.zeros((outputs, 0, *plan.pitches), images.dtype)
        for part, gathered in _columns(images, plan, start, stop):
            if spread.shape[1] != part.stop - part.start:
                spread = np.zeros((outputs, part.stop - part.start, *plan.pitches), images.dtype)
            spread[plan.counted] = gradient[part].swapaxes(0, 1)
            # Turned round: BLAS is quicker with the long matrix in front.
            total += np.matmul(gathered, plan.by_group(spread).swapaxes(-1, -2))
        return total

    shares = in_parts(run, len(images), work=gradient.size * plan.values // groups)
    return sum(shares[1:], shares[0]).swapaxes(1, 2).reshape(outputs, -1, *geometry.kernel)


@compiled(when=_returns_floats)
def input_gradient(
    gradient: Array, weight: Array, bias: Array | None, size: Sizes, geometry: Geometry, groups: int = 1
) -> Array:
    """The gradient of images of `size`, given that of the result; plus a bias for each channel."""
    result = _sent_back(gradient, weight, size, geometry, groups)
    if bias is not None:
        result += bias.reshape(-1, *(1,) * len(size))
    return result


def _sent_back(gradient: Array, weight: Array, size: Sizes, geometry: Geometry, groups: int) -> Array:
    """The gradient itself.

    At stride s only every s-th offset of a window reaches one position, so that each of the s phases of the
    image is a convolution with its own part of the weights.
    """
    if not gradient.size:
        return np.zeros((len(gradient), weight.shape[1] * groups, *size), gradient.dtype)
    if not _gathers(weight, geometry):
        return _scattered(gradient, weight, size, geometry, groups)
    phases = [
        _phases(length, given, *each)
        for length, given, *each in zip(
            size,
            gradient.shape[2:],
            geometry.kernel,
            geometry.stride,
            [before for before, _ in geometry.padding],
            geometry.dilation,
            strict=True,
        )
    ]
    if max(geometry.stride) == 1 and all(phases):
        return _gathered(gradient, weight, [each[0] for each in phases], geometry, groups)
    result = np.zeros((len(gradient), weight.shape[1] * groups, *size), gradient.dtype)
    for parts in product(*phases):
        at = (slice(None), slice(None), *[part.positions for part in parts])
        result[at] = _gathered(gradient, weight, parts, geometry, groups)
    return result


def _gathers(weight: Array, geometry: Geometry) -> bool:
    """Whether the phases can be gathered, and it pays: gathering moves outputs, scattering channels."""
    if max(geometry.stride) > 1 and (4 * weight.shape[1] < weight.shape[0] or _leaps(geometry)):
        return False
    # The zeros of the padding do not stand weights of inf and nan.
    return bool(np.isfinite(weight).all())


class Phase(NamedTuple):
    """Along one dimension the positions of an image that the same offsets reach.

    `around` is the padding that the gradient needs before and after, once it is cropped to `kept`.
    """

    positions: slice
    offsets: slice
    kept: slice
    around: tuple[int, int]


def _phases(length: int, given: int, kernel: int, stride: int, padding: int, dilation: int) -> list[Phase]:
    """The phases along one dimension; positions that no window reaches belong to none."""
    found = []
    for offset in range(min(stride, kernel)):
        first = (offset - padding) % stride
        count = -(-(length - first) // stride)
        reach = (-(-(kernel - offset) // stride) - 1) * dilation
        before = reach - (first + padding - offset) // stride
        after = count + reach - given - before
        kept = slice(max(-before, 0), given - max(-after, 0))
        if count > 0 and kept.start < kept.stop:
            found.append(
                Phase(
                    slice(first, None, stride),
                    slice(offset, None, stride),
                    kept,
                    (max(before, 0), max(after, 0)),
                )
            )
    return found


def _gathered(
    gradient: Array, weight: Array, parts: Sequence[Phase], geometry: Geometry, groups: int
) -> Array:
    """What the gradient gives to the positions of one phase in each dimension."""
    every = (slice(None), slice(None))
    own = weight[(*every, *[part.offsets for part in parts])]
    seen = gradient[(*every, *[part.kept for part in parts])]
    turned = Geometry(own.shape[2:], None, tuple([part.around for part in parts]), geometry.dilation)
    return convolve(seen, _turned(own, groups), None, turned, groups)


def _products(matrix: Array, gathered: Array) -> Array:
    """`matrix @ gathered`, a few columns at a time where BLAS would pack a large matrix for a few rows.

    OpenBLAS multiplies up to a million values without packing, twice as fast where there are few rows.
    """
    outputs, values = matrix.shape[-2:]
    places = gathered.shape[-1]
    step = _UNPACKED // max(outputs * values, 1) // _STEP * _STEP
    if outputs > _FEW or not 0 < step < places:
        return np.asarray(np.matmul(matrix, gathered))
    result = np.empty((*gathered.shape[:-2], outputs, places), gathered.dtype)
    for first in range(0, places, step):
        columns = (Ellipsis, slice(first, first + step))
        np.matmul(matrix, gathered[columns], out=result[columns])
    return result


def _turned(weight: Array, groups: int) -> Array:
    """Weights with each dimension reversed, inputs and outputs exchanged within each group."""
    outputs, channels, *kernel = weight.shape
    grouped = weight.reshape(groups, outputs // groups, channels, *kernel)
    reverse = (slice(None),) * 3 + (slice(None, None, -1),) * len(kernel)
    return np.ascontiguousarray(grouped[reverse].swapaxes(1, 2)).reshape(
        groups * channels, outputs // groups, *kernel
    )


def _scattered(gradient: Array, weight: Array, size: Sizes, geometry: Geometry, groups: int) -> Array:
    """The input's gradient in its textbook form: each window's share is added where it came from."""
    n, outputs, *positions = gradient.shape
    places = math.prod(positions)
    channels = weight.shape[1] * groups
    padded = np.zeros((n, channels, *geometry.padded_size(size)), gradient.dtype)
    matrix = weight.reshape(groups, outputs // groups, -1).swapaxes(-1, -2)
    flat = np.ascontiguousarray(gradient).reshape(n, groups, outputs // groups, places)

    def run(start: int, stop: int) -> None:
        step = _images_at_once(matrix.shape[0] * matrix.shape[1] * places * gradient.itemsize)
        for first in range(start, stop, step):
            part = slice(first, min(first + step, stop))
            shares = np.matmul(matrix, flat[part]).reshape(-1, channels, *geometry.kernel, *positions)
            targets = windows(padded[part], geometry)
            for offset in np.ndindex(*geometry.kernel):
                at = (slice(None), slice(None), *offset)
                targets[at] += shares[at]

    in_parts(run, n, work=flat.size * matrix.shape[1])
    return np.ascontiguousarray(interior(padded, geometry))


def _columns(images: Array, plan: Plan, start: int, stop: int) -> Iterator[tuple[slice, Array]]:
    """For a few images at a time their place in the batch and their windows, (groups, values, n * places).

    The matrix is overwritten by the next one.
    """
    most = plan.at_once(images)
    step = -(-(stop - start) // -(-(stop - start) // most)) if stop > start else 1
    channels, kernel = images.shape[1], plan.geometry.kernel
    gathered = np.zeros((channels, *kernel, 0, plan.places), images.dtype)
    padded = padded_like(images, step, plan.geometry) if plan.geometry.is_padded else None
    for first in range(start, stop, step):
        part = slice(first, min(first + step, stop))
        source = images[part]
        if gathered.shape[-2] != len(source):
            gathered = np.zeros((channels, *kernel, len(source), plan.places), images.dtype)
        if padded is not None:
            interior(padded, plan.geometry)[: len(source)] = source
            source = padded[: len(source)]
        if plan.pitches != plan.positions:
            runs = _long_runs(np.ascontiguousarray(source), plan)
            np.moveaxis(gathered, -2, 0)[..., : runs.shape[-1]] = runs
        else:
            spread = gathered.reshape(*gathered.shape[:-1], *plan.positions)
            np.moveaxis(spread, len(kernel) + 1, 0)[...] = windows(source, plan.geometry)
        yield part, gathered.reshape(plan.groups, plan.values // plan.groups, -1)


def _long_runs(images: Array, plan: Plan) -> Array:
    """For each value of a window the run from its first to its last position, rows joined; a view."""
    of_image, of_channel, *steps = images.strides
    item = images.itemsize
    last = sum(step // item * (count - 1) for step, count in zip(steps, plan.positions, strict=True))
    apart = [each * step for each, step in zip(plan.geometry.dilation, steps, strict=True)]
    return as_strided(
        images,
        (*images.shape[:2], *plan.geometry.kernel, last + 1),
        (of_image, of_channel, *apart, item),
    )


def _images_at_once(bytes_per_image: int) -> int:
    return max(1, _COLUMN_BYTES // max(bytes_per_image, 1))
