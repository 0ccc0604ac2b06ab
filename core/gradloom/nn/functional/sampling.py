"""Images looked at in other places: grids of coordinates, and the values that stand there."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.dtypes import Array
from gradloom.ops.layers.resampling import cubic_weights
from gradloom.ops.movement.places import pick_places
from gradloom.ops.movement.selection import where
from gradloom.ops.op import raw
from gradloom.tensor import Tensor, wrap

_ALIGNMENT = (
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
    "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
    "details."
)


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """Where an affine map looks in an image, for each position of a result of `size`.

    Shapes: theta (n, d, d + 1), size (n, c, *lengths) with d lengths; the result is (n, *lengths, d), with
    coordinates from -1 to 1, the last dimension's first.
    """
    if align_corners is None:
        warnings.warn(_ALIGNMENT, stacklevel=2)
        align_corners = False
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    spatial = len(size) - 2
    if spatial not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {size}."
        )
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (spatial, spatial + 1):
        raise ValueError(
            f"Expected a batch of {spatial}D affine matrices of shape Nx{spatial}x{spatial + 1} for size "
            f"{size}. Got {theta.shape}."
        )
    lengths = tuple(size[2:])
    if align_corners and min(lengths) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when "
            "align_corners=True. This is not an intended use case of affine_grid. See the documentation of "
            "affine_grid for details.",
            stacklevel=2,
        )
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    axes = [_steps(length, align_corners, raw(theta).dtype) for length in lengths]
    grids = np.meshgrid(*axes, indexing="ij")[::-1]
    base = np.stack((*grids, np.ones(lengths, axes[0].dtype)), -1).reshape(1, -1, spatial + 1)
    moved: Any = wrap(base) @ theta.transpose(1, 2)
    return moved.reshape(size[0], *lengths, spatial)


def _steps(length: int, aligned: bool, dtype: Any) -> Array:
    if length <= 1:
        return np.zeros(length, dtype)
    whole = np.linspace(-1, 1, length)
    return (whole if aligned else whole * ((length - 1) / length)).astype(dtype)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The values of images at the coordinates in a grid, -1 to 1 from edge to edge (Jaderberg et al., 2015).

    Shapes: input (n, c, *lengths) with two or three lengths, grid (n, *size, d) with the last dimension's
    coordinate first; the result is (n, c, *size).

    Args:
        input: the images, or volumes.
        grid: the coordinates.
        mode: "bilinear", "nearest", or "bicubic" for images.
        padding_mode: what stands outside: "zeros", the "border", or a "reflection".
        align_corners: whether -1 and 1 are the centres of the outermost values, or their edges.

    Raises:
        ValueError: a mode that there is not.
        RuntimeError: the shapes do not fit each other.
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
            f"'{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', "
            f"but got: '{padding_mode}'"
        )
    if align_corners is None:
        warnings.warn(_ALIGNMENT, stacklevel=2)
        align_corners = False
    return grid_sampler(
        input,
        grid,
        ("bilinear", "nearest", "bicubic").index(mode),
        ("zeros", "border", "reflection").index(padding_mode),
        align_corners,
    )


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`grid_sample` with modes by number: bilinear, nearest, bicubic; zeros, border, reflection."""
    _check(input, grid, interpolation_mode)
    if input.dtype in dtypes.HALVES:
        exact = grid_sampler(input.float(), grid.float(), interpolation_mode, padding_mode, align_corners)
        return exact.to(input.dtype)
    lengths = tuple(input.shape[2:])
    spatial = len(lengths)
    size = tuple(grid.shape[1:-1])
    places: Any = (
        grid.reshape(grid.shape[0], -1, spatial)
        if raw(grid).size
        else grid.reshape(grid.shape[0], 0, spatial)
    )
    # From here on in the order of the dimensions.
    axes = [
        _unnormalized(places[:, :, spatial - 1 - dim], length, align_corners)
        for dim, length in enumerate(lengths)
    ]
    bounds = _Bounds(lengths, padding_mode, align_corners)
    gather = (_bilinear, _nearest, _bicubic)[interpolation_mode]
    flat = input.reshape(*input.shape[:2], int(np.prod(lengths)))
    out: Tensor = gather(flat, axes, bounds)
    return out.reshape(*input.shape[:2], *size)


class _Bounds:
    """What stands outside of images of some size."""

    def __init__(self, lengths: Sequence[int], mode: int, aligned: bool) -> None:
        self.lengths = lengths
        self.mode = mode
        self.aligned = aligned

    def moved(self, places: Any, length: int) -> Any:
        """Coordinates brought inside by the padding mode; where they stop they carry no gradient."""
        if self.mode == 0:
            return places
        if self.mode == 2:
            places = _reflected(places, length, self.aligned)
        at = raw(places.detach())
        last = at.dtype.type(length - 1)
        return where(wrap(at > 0), where(wrap(at < last), places, last), at.dtype.type(0))

    def values(self, flat: Tensor, corner: list[Array]) -> Tensor:
        """What stands at whole coordinates, one array a dimension: (n, c, positions)."""
        place = np.zeros(corner[0].shape, np.int64)
        inside = np.ones(corner[0].shape, np.bool_)
        for at, length in zip(corner, self.lengths, strict=True):
            within = (at >= 0) & (at < length)
            inside &= within
            place = place * length + np.where(within, at, 0).astype(np.int64)
        return pick_places(flat, place, inside)


def _bilinear(flat: Tensor, axes: list[Any], bounds: _Bounds) -> Tensor:
    axes = [bounds.moved(axis, length) for axis, length in zip(axes, bounds.lengths, strict=True)]
    firsts = [np.floor(raw(axis.detach())) for axis in axes]
    shares = [axis - wrap(first) for axis, first in zip(axes, firsts, strict=True)]
    total: Any = None
    for corner in product((0, 1), repeat=len(axes)):
        weight: Any = None
        for far, share in zip(corner, shares, strict=True):
            part = share if far else 1 - share
            weight = part if weight is None else weight * part
        at = [first + far for first, far in zip(firsts, corner, strict=True)]
        term = bounds.values(flat, at) * weight.unsqueeze(1)
        total = term if total is None else total + term
    return total


def _nearest(flat: Tensor, axes: list[Any], bounds: _Bounds) -> Tensor:
    moved = [bounds.moved(axis, length) for axis, length in zip(axes, bounds.lengths, strict=True)]
    return bounds.values(flat, [np.rint(raw(axis.detach())) for axis in moved])


def _bicubic(flat: Tensor, axes: list[Any], bounds: _Bounds) -> Tensor:
    firsts = [np.floor(raw(axis.detach())) for axis in axes]
    rows, columns = (cubic_weights(axis - wrap(first)) for axis, first in zip(axes, firsts, strict=True))
    total: Any = None
    for down, row in enumerate(rows):
        for across, column in enumerate(columns):
            at = [
                raw(bounds.moved(wrap(first + step - 1), length))
                for first, step, length in zip(firsts, (down, across), bounds.lengths, strict=True)
            ]
            term = bounds.values(flat, [np.floor(each) for each in at]) * (row * column).unsqueeze(1)
            total = term if total is None else total + term
    return total


def _unnormalized(places: Any, length: int, aligned: bool) -> Any:
    return (places + 1) * ((length - 1) / 2) if aligned else (places + 1) * (length / 2) - 0.5


def _reflected(places: Any, length: int, aligned: bool) -> Any:
    """Coordinates reflected between the centres of the outermost values, or their edges, until inside."""
    start, span = (0.0, length - 1) if aligned else (-0.5, length)
    if not span:
        return places * 0
    offset = raw(places.detach()) - start
    extra = np.abs(offset)
    extra -= np.trunc(extra / (2 * span)) * (2 * span)
    back = extra > span
    slope = np.where(back == (offset < 0), 1, -1).astype(offset.dtype)
    value = (np.where(back, 2 * span - extra, extra) + start).astype(offset.dtype)
    # A straight line through the value, so that the gradient is the slope.
    return (places - places.detach()) * wrap(slope) + wrap(value)


def _check(input: Tensor, grid: Tensor, mode: int) -> None:
    shapes = f"but got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {shapes}")
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got grid "
            f"with sizes {list(grid.shape)}"
        )
    if input.ndim not in (4, 5) or input.ndim != grid.ndim:
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, " + shapes
        )
    for dim, length in enumerate(input.shape[2:], 2):
        if not length:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                f"{list(input.shape)} with dimension {dim} being empty"
            )
    if mode == 2 and input.ndim == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if raw(input).dtype != raw(grid).dtype:
        names = dtypes.legacy_name(raw(input).dtype), dtypes.legacy_name(raw(grid).dtype)
        raise RuntimeError(f"expected scalar type {names[0]} but found {names[1]}")
