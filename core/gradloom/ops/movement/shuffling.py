"""Channels that change places with each other, or with pixels."""

from __future__ import annotations

from gradloom.ops.op import Value, composite
from gradloom.ops.sample import floats, sample


@composite(samples=[sample(floats(2, 8, 2, 3), 2), sample(floats(9, 1, 2), 3)], method=False)
def pixel_shuffle(input: Value, upscale_factor: int) -> Value:
    """Channels spread over a finer image (Shi et al., 2016).

    Shapes: (..., c * f * f, h, w) -> (..., c, h * f, w * f). RuntimeError where f does not fit.
    """
    channels, height, width = _image(input, "pixel_shuffle", "upscale_factor", upscale_factor)
    if channels % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
            f"upscale_factor, but input.size(-3)={channels} is not divisible by {upscale_factor**2}"
        )
    batch, f = tuple(input.shape[:-3]), upscale_factor
    n, left = len(batch), channels // f**2
    split = input.reshape(*batch, left, f, f, height, width)
    spread = split.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return spread.reshape(*batch, left, height * f, width * f)


@composite(samples=[sample(floats(2, 2, 4, 6), 2), sample(floats(1, 3, 6), 3)], method=False)
def pixel_unshuffle(input: Value, downscale_factor: int) -> Value:
    """A fine image as more channels of a coarser one: what undoes `pixel_shuffle`.

    Shapes: (..., c, h * f, w * f) -> (..., c * f * f, h, w). RuntimeError where f does not fit.
    """
    channels, height, width = _image(input, "pixel_unshuffle", "downscale_factor", downscale_factor)
    for name, size, dim in (("height", height, -2), ("width", width, -1)):
        if size % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({dim})={size} is not divisible by {downscale_factor}"
            )
    batch, f = tuple(input.shape[:-3]), downscale_factor
    n = len(batch)
    split = input.reshape(*batch, channels, height // f, f, width // f, f)
    gathered = split.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return gathered.reshape(*batch, channels * f * f, height // f, width // f)


def _image(input: Value, name: str, setting: str, factor: int) -> tuple[int, int, int]:
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} "
            "dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {setting}, but got {factor}")
    channels, height, width = input.shape[-3:]
    return channels, height, width


@composite(samples=[sample(floats(2, 6, 2, 2), 3), sample(floats(1, 4, 3), 2)], method=False)
def channel_shuffle(input: Value, groups: int) -> Value:
    """Channels in turn from each of `groups` (Zhang et al., 2018).

    Shapes: (n, c, ...) -> the same. RuntimeError unless the groups divide c.
    """
    if input.ndim < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}"
        )
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    count, channels, *rest = input.shape
    if channels % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    grouped = input.reshape(count, groups, channels // groups, *rest)
    return grouped.transpose(1, 2).reshape(count, channels, *rest)
