"""Layers that make sequences, images and volumes larger or smaller."""

from __future__ import annotations

from typing import Literal

from gradloom.nn import functional as F
from gradloom.nn.module import Module
from gradloom.tensor import Tensor

Size = int | tuple[int, ...] | None
Scale = float | tuple[float, ...] | None


class Upsample(Module):
    """Makes sequences, images or volumes larger, to a size or by a factor.

    Shapes: (n, c, ...) -> (n, c, *size).

    Args:
        size: size of the result, > 0.
        scale_factor: how many times larger the result is, instead of its size, > 0.
        mode: how what lies between is found; linear is for sequences, trilinear for volumes.
        align_corners: whether the centres of the outermost values stay in place, or their edges.
        recompute_scale_factor: whether distances follow from the size of the result.
    """

    def __init__(
        self,
        size: Size = None,
        scale_factor: Scale = None,
        mode: Literal["nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact"] = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor: Scale = tuple(map(float, scale_factor))
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        by_scale = self.scale_factor is not None
        wanted = f"scale_factor={self.scale_factor!r}" if by_scale else f"size={self.size!r}"
        return f"{wanted}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Makes images larger by repeating each pixel.

    Args:
        size: height and width of the result, > 0.
        scale_factor: how many times larger the result is, instead of its size, > 0.
    """

    def __init__(self, size: Size = None, scale_factor: Scale = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Makes images larger by going straight from pixel to pixel, with corners that stay in place.

    Args:
        size: height and width of the result, > 0.
        scale_factor: how many times larger the result is, instead of its size, > 0.
    """

    def __init__(self, size: Size = None, scale_factor: Scale = None) -> None:
        super().__init__(size, scale_factor, "bilinear", align_corners=True)
