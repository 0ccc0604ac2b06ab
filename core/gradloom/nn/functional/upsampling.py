"""Making images larger or smaller, as functions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom import dtypes
from gradloom.kernels.windows import Sizes
from gradloom.nn.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
)
from gradloom.ops.layers import resampling as ops
from gradloom.ops.op import raw
from gradloom.tensor import Tensor

Scale = float | Sequence[float]

_MODES = {
    "linear": (3, ops.linear),
    "bilinear": (4, ops.linear),
    "trilinear": (5, ops.linear),
    "bicubic": (4, ops.cubic),
    "lanczos": (4, None),
}
_NEAREST = ("nearest", "nearest-exact", "area")
_AXES = ("", "", "(W: {}", "(H: {}, W: {}", "(D: {}, H: {}, W: {}")


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: Scale | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Sequences, images or volumes brought to `size`, or to `scale_factor` times their size.

    Shapes: (n, c, ...) -> (n, c, *size).

    Args:
        input: what to resize.
        size: the size of the result.
        scale_factor: what to multiply the size with instead.
        mode: "nearest", "nearest-exact", "linear" (sequences), "bilinear" and "bicubic" (images),
            "trilinear" (volumes) or "area".
        align_corners: whether the centres of the outermost values stay where they are, or their edges.
        recompute_scale_factor: whether distances follow from the size of the result instead of the factor.
        antialias: whether shrinking looks at all that falls between two values.

    Raises:
        ValueError: not exactly one of size and factor, or a setting that the mode does not know.
        NotImplementedError: dimensions that the mode does not know.
    """
    if mode in _NEAREST and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | "
            "bicubic | trilinear"
        )
    wanted, scales = _sizes(input, size, scale_factor, mode, bool(recompute_scale_factor))
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D "
            "tensor as input"
        )
    _check_mode(input, mode, bool(align_corners), antialias)
    if mode == "area":
        pool: Any = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[input.ndim - 3]
        return pool(input, wanted)
    lengths = tuple(input.shape[2:])
    if min((*lengths, *wanted), default=0) < 1:
        shown = _AXES[input.ndim - 1] + ")"
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {shown.format(*lengths)} output "
            f"{shown.format(*wanted)}"
        )
    taps = _taps(input, mode, bool(align_corners), antialias)
    plan = [taps(*each) for each in zip(lengths, wanted, scales, strict=True)]
    return ops.resample(input, tuple(plan))


def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: Scale | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The older name of `interpolate`."""
    warnings.warn(
        "`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: Scale | None = None
) -> Tensor:
    """`interpolate` in the mode "nearest"."""
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=2,
    )
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: Scale | None = None
) -> Tensor:
    """`interpolate` in the mode "bilinear", corners aligned."""
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=2,
    )
    return interpolate(input, size, scale_factor, "bilinear", True)


def _taps(
    input: Tensor, mode: str, aligned: bool, antialias: bool
) -> Callable[[int, int, float | None], ops.Taps]:
    dtype = raw(input).dtype
    kind = np.float64 if dtype == np.float64 else np.float32
    _refuse_wholes(input, mode)
    if mode in _NEAREST:
        return lambda length, outputs, scale: ops.nearest(length, outputs, scale, mode == "nearest-exact")
    if antialias:
        return lambda length, outputs, scale: ops.smoothed(mode, length, outputs, scale, aligned, kind)
    find: Any = _MODES[mode][1]
    return lambda length, outputs, scale: find(length, outputs, scale, aligned, kind)


def _refuse_wholes(input: Tensor, mode: str) -> None:
    dtype = raw(input).dtype
    if dtype.kind in "iubc" and dtype != np.uint8:
        sizes = f"{input.ndim - 2}d_channels_last"
        name = {"linear": "linear", "nearest-exact": "nearest_exact"}.get(mode, mode)
        raise NotImplementedError(
            f"\"upsample_{name}{sizes}\" not implemented for '{dtypes.legacy_name(dtype)}'"
        )


def _check_mode(input: Tensor, mode: str, aligned: bool, antialias: bool) -> None:
    if mode in _MODES and 3 <= input.ndim <= 5:
        needed = _MODES[mode][0]
        if input.ndim == needed:
            if mode == "lanczos" and aligned:
                raise ValueError("Lanczos mode does not support align_corners=True")
            if mode == "lanczos" and not antialias:
                raise ValueError("Lanczos mode requires antialias=True")
            return
        if mode not in ("bicubic", "lanczos"):
            raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {needed}D input")
    elif mode in _NEAREST and 3 <= input.ndim <= 5:
        return
    raise NotImplementedError(
        f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the modes: nearest "
        f"| linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
    )


def _sizes(
    input: Tensor,
    size: int | Sequence[int] | None,
    scale_factor: Scale | None,
    mode: str,
    recompute: bool,
) -> tuple[Sizes, tuple[float | None, ...]]:
    """The size of the result, and the factor of each dimension where that is to count."""
    spatial = input.ndim - 2
    lengths = tuple(input.shape[2:])
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return _given_size(input, size), (None,) * spatial
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    several = isinstance(scale_factor, (list, tuple))
    factors: tuple[Any, ...] = tuple(scale_factor) if several else (scale_factor,) * spatial  # type: ignore[arg-type]
    if len(factors) != spatial:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with "
            f"spatial dimensions of {list(lengths)} and scale_factor of shape {scale_factor}. Please provide "
            "input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format."
        )
    wanted = tuple(
        [ops.output_length(length, float(factor)) for length, factor in zip(lengths, factors, strict=True)]
    )
    return wanted, (None,) * spatial if recompute or mode == "area" else tuple(map(float, factors))


def _given_size(input: Tensor, size: int | Sequence[int]) -> Sizes:
    spatial = input.ndim - 2
    if isinstance(size, (int, np.integer)):
        return (int(size),) * spatial
    if not isinstance(size, (list, tuple)):
        raise TypeError(f"expected size to be one of int or Tuple[int], but got {type(size).__name__}")
    if len(size) != spatial:
        raise ValueError(
            "Input and output must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {list(input.shape[2:])} and output size of {size}. Please provide input tensor "
            "in (N, C, d1, d2, ...,dK) format and output size in (o1, o2, ...,oK) format."
        )
    if not all(isinstance(each, (int, np.integer)) for each in size):
        raise TypeError(
            "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but "
            f"got size with types {[type(each) for each in size]}"
        )
    return tuple(map(int, size))
