"""Layers that move channels and pixels about."""

from __future__ import annotations

from gradloom.nn.module import Module
from gradloom.ops.movement.shuffling import channel_shuffle, pixel_shuffle, pixel_unshuffle
from gradloom.tensor import Tensor


class PixelShuffle(Module):
    """Spreads channels over a finer image (Shi et al., 2016).

    Shapes: (n, c * f * f, h, w) -> (n, c, h * f, w * f).

    Args:
        upscale_factor: how many times finer the image gets, > 0.
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Turns a fine image into more channels of a coarser one: the reverse of PixelShuffle.

    Shapes: (n, c, h * f, w * f) -> (n, c * f * f, h, w).

    Args:
        downscale_factor: how many times coarser the image gets, > 0.
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Takes channels in turn from each group, so that groups learn of each other (Zhang et al., 2018).

    Shapes: (n, c, h, w) -> the same.

    Args:
        groups: how many groups the channels form, > 0.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
